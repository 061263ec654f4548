// deno-lint-ignore-file no-unused-vars -- one script in several files
// The table of Services: filtered, sorted, a page at a time.

const PAGE_SIZE = 100;

const view = {
  services: [],
  filter: "",
  state: "",
  sort: "name",
  isDescending: false,
  page: 0,
  detail: "",
};

function takeServices({ columns, rows }) {
  view.services = rows.map((row) => {
    const service = {};
    columns.forEach((name, index) => service[name] = row[index]);
    service.text = [
      ...[service.name, service.type, service.state, service.clusterIps],
      service.ports,
    ].join(" ").toLowerCase();
    return service;
  });
}

function chosen() {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = view.services.filter(({ state, text }) =>
    (view.state === "" || view.state === state) &&
    words.every((word) => text.includes(word))
  );
  const { sort, isDescending } = view;
  found.sort((a, b) => {
    const left = a[sort];
    const right = b[sort];
    const order = typeof left === "number" && typeof right === "number"
      ? left - right
      : collator.compare(String(left), String(right));
    return (isDescending ? -order : order) || collator.compare(a.name, b.name);
  });
  return found;
}

function serviceRow(service) {
  const open = element("button", {
    kind: "open clip",
    text: service.name,
    title: service.name,
    "data-service": service.name,
  });
  const state = element("td", {}, badge(service.state));
  if (service.why) {
    state.append(element("span", {
      text: service.why,
      kind: "why",
      title: service.why,
    }));
  }
  const real = service.quiescent === 0
    ? numbers.format(service.realServers)
    : `${numbers.format(service.realServers)} + ${service.quiescent} quiescent`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, open),
    state,
    element("td", { text: service.type || "", kind: "quiet" }),
    element("td", {}, clip(service.clusterIps, 200)),
    element("td", {}, clip(service.ports, 200)),
    element("td", {
      text: `${service.served} of ${service.frontends}`,
      kind: "number",
    }),
    element("td", {
      text: real,
      kind: service.realServers === 0 ? "number zero" : "number",
    }),
    count(service.connections),
  );
}

function clip(text) {
  return element("span", { text, kind: "mono clip", title: text });
}

function showServices() {
  const found = chosen();
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  view.page = Math.min(view.page, pages - 1);
  const from = view.page * PAGE_SIZE;
  const shown = found.slice(from, from + PAGE_SIZE);
  const focused = document.activeElement?.dataset?.service;
  fill(
    "services",
    shown.map(serviceRow),
    view.services.length,
    view.services.length === 0
      ? "This node has no Service."
      : "No Service fits the filter.",
  );
  if (focused !== undefined) {
    const again = `[data-service="${CSS.escape(focused)}"]`;
    byId("service-table").querySelector(again)?.focus();
  }
  byId("range").textContent = found.length === 0
    ? "0 Services"
    : `${numbers.format(from + 1)} to ${
      numbers.format(from + shown.length)
    } of ${numbers.format(found.length)}`;
  byId("previous").disabled = view.page === 0;
  byId("next").disabled = view.page >= pages - 1;
  showStates();
}

function showStates() {
  const counts = new Map();
  for (const { state } of view.services) {
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const focused = document.activeElement?.dataset?.state;
  byId("states").replaceChildren(
    ...[...counts].sort().map(([state, number]) =>
      element("button", {
        text: `${state} ${numbers.format(number)}`,
        "data-state": state,
        "aria-pressed": String(view.state === state),
      })
    ),
  );
  if (focused !== undefined) {
    byId("states").querySelector(`[data-state="${focused}"]`)?.focus();
  }
}
