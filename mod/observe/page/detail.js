// deno-lint-ignore-file no-unused-vars -- one script in several files
// One Service with all that it has.

function fact(name, value) {
  if (value === undefined || value === "") return [];
  return [element("dt", { text: name }), element("dd", { text: value })];
}

function showDetail(service) {
  byId("detail-title").textContent = service.name;
  const { internalTrafficPolicy, externalTrafficPolicy, healthCheck } = service;
  const seconds = service.persistenceTimeoutSeconds;
  const facts = element(
    "dl",
    { kind: "facts" },
    element("dt", { text: "State" }),
    element("dd", {}, badge(service.state), ` ${service.why ?? ""}`),
    ...fact("Type", service.type),
    ...fact("Ports", service.ports.join(" ")),
    ...fact("Cluster IPs", service.clusterIps.join(" ")),
    ...fact("Policy inside", internalTrafficPolicy),
    ...fact("Policy outside", externalTrafficPolicy),
    ...fact("Affinity", seconds && `ClientIP, ${seconds} s`),
    ...fact("Source ranges", service.sourceRanges?.join(" ")),
    ...fact(
      "Health check",
      healthCheck &&
        `port ${healthCheck.port}, ${healthCheck.localEndpoints} ready here`,
    ),
  );
  for (const { field, reason } of service.rejections) {
    facts.append(...fact("Rejected", `${field}: ${reason}`));
  }
  byId("detail-body").replaceChildren(
    facts,
    ...service.frontendList.flatMap(frontendParts),
  );
}

function frontendParts(frontend) {
  const title = element(
    "h3",
    { kind: "frontend" },
    element("span", { text: frontend.key, kind: "mono" }),
    badge(frontend.state),
    element("span", {
      text: `${frontend.kind}, policy ${frontend.policy}${
        frontend.why ? `; ${frontend.why}` : ""
      }`,
      kind: "quiet",
    }),
  );
  return [title, ...frontend.virtualServers.map(serverTable)];
}

function serverTable(server) {
  const heads = [
    ["Real server", ""],
    ["Weight", "number"],
    ["In the kernel", "number"],
    ["Active", "number"],
    ["Inactive", "number"],
    ["New/s", "number"],
    ["Bytes in/s", "number"],
    ["Bytes out/s", "number"],
    ["Endpoint", ""],
  ];
  const caption = `${server.key} · ${server.scheduler}${
    server.flags.length === 0 ? "" : ` (${server.flags.join(", ")})`
  } · for ${server.clients}`;
  const table = element(
    "table",
    {},
    element("caption", { text: caption, kind: "hidden" }),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...heads.map(([text, kind]) =>
          element("th", { text, kind, scope: "col" })
        ),
      ),
    ),
    element("tbody", {}, ...server.realServers.map(realRow)),
  );
  const parts = [
    element("p", { text: caption, kind: "quiet mono" }),
    ...server.differences.map((text) =>
      element("p", { text: `The kernel differs: ${text}`, kind: "notice" })
    ),
    table,
  ];
  return element("div", {
    kind: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": caption,
  }, ...parts);
}

function realRow(real) {
  const rates = real.rates;
  const rate = (value) =>
    rates === undefined
      ? element("td", { text: "–", kind: "number zero" })
      : count(value);
  const { endpoint, drain, drainedAs } = real;
  const words = endpoint === undefined ? ["in no slice"] : [
    endpoint.ready ? "ready" : endpoint.serving ? "serving" : "not ready",
    ...(endpoint.terminating ? ["terminating"] : []),
    endpoint.isLocal ? "here" : endpoint.nodeName ?? "elsewhere",
  ];
  if (drain !== undefined) words.push("drains");
  if (drainedAs !== undefined) words.push(`drained by hand as ${drainedAs}`);
  return element(
    "tr",
    {},
    element("th", { text: real.key, kind: "mono", scope: "row" }),
    element("td", { text: real.weight ?? "not wanted", kind: "number" }),
    element("td", { text: real.kernelWeight ?? "absent", kind: "number" }),
    count(real.activeConnections),
    count(real.inactiveConnections),
    rate(rates?.connections),
    rate(rates?.bytesIn),
    rate(rates?.bytesOut),
    element("td", { text: words.join(", "), kind: "quiet" }),
  );
}
