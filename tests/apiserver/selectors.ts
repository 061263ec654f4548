/**
 * Label and field selectors, as the API's query parameters spell them.
 *
 * @module
 */
import { badRequest } from "./errors.ts";
import { at, type Json, type JsonObject, objectOf } from "./json.ts";
import type { KindInfo } from "./kinds.ts";

/** Whether an object is selected. */
export type Selector = (object: JsonObject) => boolean;

type Labels = Readonly<Record<string, Json>>;

/** Splits at commas that are not inside parentheses. */
function splitRequirements(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part !== "");
}

const KEY = "[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?";
const IN = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);
const EQUALS = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);

function labelRequirement(text: string): (labels: Labels) => boolean {
  const exists = EXISTS.exec(text);
  if (exists !== null) {
    const [, not, key = ""] = exists;
    return (labels) => Object.hasOwn(labels, key) === (not === "");
  }
  const set = IN.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) =>
      operator === "in"
        ? Object.hasOwn(labels, key) && values.includes(String(labels[key]))
        : !Object.hasOwn(labels, key) || !values.includes(String(labels[key]));
  }
  const equals = EQUALS.exec(text);
  if (equals !== null) {
    const [, key = "", operator, value = ""] = equals;
    return operator === "!="
      ? (labels) => !Object.hasOwn(labels, key) || labels[key] !== value
      : (labels) => Object.hasOwn(labels, key) && labels[key] === value;
  }
  throw badRequest(
    `unable to parse requirement: found '${text}', expected: key, !key, key=value, key!=value, key in (a,b) or key notin (a,b)`,
  );
}

/** Reads a label selector; an empty one selects everything. */
export function parseLabelSelector(text: string): Selector {
  const requirements = splitRequirements(text).map(labelRequirement);
  return (object) => {
    const labels = objectOf(at(object, "metadata", "labels"));
    return requirements.every((requirement) => requirement(labels));
  };
}

/** Reads a field selector for a kind; an empty one selects everything. */
export function parseFieldSelector(text: string, info: KindInfo): Selector {
  const terms = splitRequirements(text).map((term) => {
    const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(term);
    if (match === null) {
      throw badRequest(
        `invalid selector: '${text}'; can't understand '${term}'`,
      );
    }
    const [, field = "", operator, wanted = ""] = match;
    if (info.selectable !== undefined && !info.selectable.includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return { path: field.split("."), equal: operator !== "!=", wanted };
  });
  return (object) =>
    terms.every(({ path, equal, wanted }) => {
      const value = at(object, ...path) ?? "";
      return (String(value) === wanted) === equal;
    });
}

/** Both selectors of a request together. */
export function parseSelectors(
  query: URLSearchParams,
  info: KindInfo,
): Selector {
  const label = parseLabelSelector(query.get("labelSelector") ?? "");
  const field = parseFieldSelector(query.get("fieldSelector") ?? "", info);
  return (object) => label(object) && field(object);
}

/** Whether a request selects at all. */
export function hasSelector(query: URLSearchParams): boolean {
  return (query.get("labelSelector") ?? "") !== "" ||
    (query.get("fieldSelector") ?? "") !== "";
}
