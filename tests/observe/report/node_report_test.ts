import { assert, assertEquals } from "@std/assert";
import { reportNode } from "../../../mod/observe/report/node_report.ts";
import { parseDrainTarget } from "../../../mod/plan/mod.ts";
import { reportedNode } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("reportNode() of an idle node", NOTHING, async () => {
  const { node, input } = await reportedNode();
  const report = reportNode(input());
  assertEquals(
    [report.isHealthy, report.isReady, report.counts.services, report.states],
    [true, true, 0, {}],
  );
  assertEquals(JSON.parse(JSON.stringify(report)), report);
  await node.stop();
});

Deno.test("reportNode() says why it is not healthy", NOTHING, async () => {
  const { node, input } = await reportedNode();
  const stale = reportNode(input({ nowMs: node.clock.nowMs() + 600_000 }));
  assertEquals([stale.isHealthy, stale.unhealthyBecause], [
    false,
    "the kernel was last found as it should be 600 s ago",
  ]);
  const snapshot = { ...node.agent.snapshot(), isReady: false };
  assertEquals(
    reportNode(input({ snapshot })).unhealthyBecause,
    "the first pass is not over",
  );
  const unmade = { ...node.agent.snapshot(), lastAgreedMs: undefined };
  assertEquals(
    reportNode(input({ snapshot: unmade })).unhealthyBecause,
    "rules, sets or the device could not be made yet",
  );
  const waitingFor = ["Service", "Node"] as const;
  assertEquals(
    reportNode(input({ snapshot: { ...snapshot, waitingFor } }))
      .unhealthyBecause,
    "the API server has not listed Service, Node",
  );
  await node.stop();
});

Deno.test("reportNode() shows drains, with connections", NOTHING, async () => {
  const { node, input } = await reportedNode();
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.1.2"]);
  await node.advance(1_000);
  node.host.ipvs.setConnections("-t 10.96.0.1:80", "10.244.1.2:8080", {
    active: 4,
  });
  await node.advance(31_000);
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(3_000);
  const [drain, ...others] = reportNode(input()).drains;
  assertEquals(others, []);
  assertEquals(
    [drain?.realServer, drain?.service, drain?.connections],
    ["10.244.1.2:8080", "default/web", 4],
  );
  assert((drain?.deadlineMs ?? 0) > node.clock.nowMs());
  await node.stop();
});

Deno.test(
  "reportNode() shows drains by hand: what is quiescent, who keeps it",
  NOTHING,
  async () => {
    const { node, input } = await reportedNode();
    node.put("web");
    node.endpoints("web", ["10.244.1.1", "10.244.1.2"]);
    node.put("only", { ip: "10.96.0.2" });
    node.endpoints("only", ["10.244.1.2"]);
    await node.advance(1_000);
    await node.agent.handDrains.add(parseDrainTarget("10.244.1.2")!, 60_000);
    await node.advance(1_000);
    const [drain] = reportNode(input()).handDrains;
    assertEquals(
      [drain?.target, drain?.quiescent, drain?.keptBy, drain?.connections],
      ["10.244.1.2", 1, ["default/only"], 0],
    );
    await node.stop();
  },
);

Deno.test(
  "reportNode() counts states, repairs and remembers passes",
  NOTHING,
  async () => {
    const { node, input } = await reportedNode();
    node.put("web");
    node.endpoints("web", ["10.244.1.1"]);
    node.put("none", { ip: "10.96.0.2" });
    await node.advance(1_000);
    node.host.ipvs.edit("-D -t 10.96.0.1:80");
    await node.advance(31_000);
    const report = reportNode(input());
    assertEquals(report.states, { served: 1, refused: 1 });
    assertEquals(report.repairs["virtual server"], 1);
    assert(report.passes.some(({ reason }) => reason === "change"));
    const times = report.passes.map(({ endedMs }) => endedMs);
    assertEquals(times, [...times].sort((a, b) => b - a));
    await node.stop();
  },
);
