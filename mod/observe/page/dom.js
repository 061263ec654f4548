// deno-lint-ignore-file no-unused-vars -- one script in several files
// Making elements. All text from outside goes through textContent: names of
// objects are hostile.

"use strict";

/** Kind of badge by state. */
const TONES = {
  served: "good",
  refused: "warn",
  dropped: "warn",
  pending: "warn",
  conflict: "warn",
  foreign: "bad",
  failing: "bad",
  rejected: "bad",
};

const byId = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat("en");
const collator = new Intl.Collator("en", { numeric: true });

function element(tag, { text, kind, title, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  if (title) made.title = title;
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function badge(state) {
  return element("span", { text: state, kind: `badge ${TONES[state] ?? ""}` });
}

function count(value) {
  const kind = value === 0 ? "number zero" : "number";
  return element("td", { text: numbers.format(value), kind });
}

function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function ago(ms, nowMs) {
  return element("time", {
    text: `${duration(Math.max(0, nowMs - ms))} ago`,
    kind: "quiet",
    title: new Date(ms).toISOString(),
    datetime: new Date(ms).toISOString(),
  });
}

/** Fills a section's table, or says that there is nothing. */
function fill(id, rows, total, nothing) {
  const section = byId(id);
  section.querySelector(".count").textContent = numbers.format(total);
  section.classList.toggle("none", rows.length === 0);
  const body = section.querySelector("tbody, ul");
  if (rows.length === 0) {
    rows = body.tagName === "UL"
      ? [element("li", { text: nothing, kind: "empty" })]
      : [element(
        "tr",
        {},
        element("td", {
          text: nothing,
          kind: "empty",
          colspan: "9",
        }),
      )];
  }
  body.replaceChildren(...rows);
}
