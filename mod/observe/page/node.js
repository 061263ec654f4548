// deno-lint-ignore-file no-unused-vars -- one script in several files
// What the node does as a whole.

function figure(name, value, tone = "") {
  return element(
    "div",
    {},
    element("dt", { text: name }),
    element("dd", { text: numbers.format(value), kind: value ? tone : "" }),
  );
}

function showNode(node) {
  document.title = `${node.nodeName} – kube-proxy`;
  byId("node").textContent = node.nodeName;
  byId("about").textContent = `kube-proxy ${node.version} · ${
    node.families.join(" and ")
  } · up ${duration(node.nowMs - node.startedMs)}`;
  const health = byId("health");
  health.textContent = !node.isHealthy
    ? "not healthy"
    : node.isNodeEligible
    ? "healthy"
    : "healthy, node gets no traffic";
  health.className = `badge ${
    !node.isHealthy ? "bad" : node.isNodeEligible ? "good" : "warn"
  }`;
  byId("because").hidden = node.unhealthyBecause === undefined;
  byId("because").textContent = node.unhealthyBecause ?? "";
  const { counts } = node;
  const repaired = Object.values(node.repairs).reduce((a, b) => a + b, 0);
  byId("figures").replaceChildren(
    figure("Services", counts.services),
    figure("Virtual servers", counts.virtualServers),
    figure("Drains", counts.drains),
    figure("Pending", counts.pending, "warn"),
    figure("Failing", counts.failing, "bad"),
    figure("Conflicts", node.conflicts.length, "warn"),
    figure("Rejections", node.rejections.length, "warn"),
    figure("Foreign", node.foreign.length),
    figure("Repaired", repaired),
  );
  showAttention(node);
  showDrains(node);
  showPasses(node);
  showRejections(node);
  const warnings = node.warnings.map(({ atMs, message, times }) =>
    element(
      "li",
      {},
      ago(atMs, node.nowMs),
      element("span", {
        text: times > 1 ? `${message} (${times} times)` : message,
      }),
    )
  );
  fill("warnings", warnings, warnings.length, "No warning since the start.");
}

function showAttention(node) {
  const items = [
    ...node.failures.map(({ unit, reason }) => ["failing", unit, reason]),
    ...node.conflicts.map(({ frontend, winner, losers }) => [
      "conflict",
      frontend,
      `${winner} has it; ${losers.join(", ")} waits`,
    ]),
    ...node.foreign.filter(({ inTheWay }) => inTheWay).map(({ kind, name }) => [
      "foreign",
      `${kind} ${name}`,
      "is not ours and in the way",
    ]),
  ];
  if (node.isStateBehind) {
    items.push(["pending", "state file", "cannot be written"]);
  }
  byId("attention").hidden = items.length === 0;
  byId("attention-list").replaceChildren(
    ...items.slice(0, 50).map(([state, what, why]) =>
      element(
        "li",
        {},
        badge(state),
        element("span", {}, element("strong", { text: what }), ` ${why}`),
      )
    ),
  );
}

function showDrains({ drains, nowMs }) {
  const rows = drains.slice(0, 200).map((drain) =>
    element(
      "tr",
      {},
      element("th", { text: drain.realServer, kind: "mono", scope: "row" }),
      element("td", { text: drain.virtualServer, kind: "mono" }),
      element("td", { text: drain.service ?? "gone", kind: "quiet" }),
      count(drain.connections),
      element("td", {
        text: duration(nowMs - drain.startedMs),
        kind: "number",
      }),
      element("td", {
        text: duration(Math.max(0, drain.deadlineMs - nowMs)),
        kind: "number quiet",
      }),
    )
  );
  fill("drains", rows, drains.length, "No real server drains.");
}

function showPasses({ passes, nowMs }) {
  const rows = passes.map((pass) =>
    element(
      "tr",
      {},
      element("td", {}, ago(pass.endedMs, nowMs)),
      element("td", { text: pass.reason }),
      element("td", { text: duration(pass.durationMs), kind: "number" }),
      count(pass.services),
      count(pass.lines.ipvs),
      count(pass.lines.other),
      pass.failed === 0
        ? element("td", { text: "done", kind: "quiet" })
        : element("td", {
          text: `${pass.failed} failed: ${pass.failures[0]?.reason ?? ""}`,
          kind: "wrap",
        }),
    )
  );
  fill("passes", rows, rows.length, "No pass yet.");
}

function showRejections({ rejections }) {
  const rows = rejections.slice(0, 200).map(({ object, field, reason }) =>
    element(
      "tr",
      {},
      element("th", { text: object, scope: "row" }),
      element("td", { text: field, kind: "mono" }),
      element("td", { text: reason, kind: "wrap" }),
    )
  );
  fill("rejections", rows, rejections.length, "Every object can be used.");
}
