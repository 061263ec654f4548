import { assert, assertEquals } from "@std/assert";
import { parseIpvsList } from "../../../mod/apply/mod.ts";
import { Observed } from "../../../mod/diff/mod.ts";
import type {
  IpAddress,
  Rejection,
  ServiceName,
} from "../../../mod/model/types.ts";
import {
  reportService,
  summariseServices,
} from "../../../mod/observe/report/service_report.ts";
import { parseDrainTarget } from "../../../mod/plan/mod.ts";
import { testService } from "../../agent/objects.ts";
import { type ReportedNode, reportedNode } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;

async function web(): Promise<ReportedNode> {
  const reported = await reportedNode();
  reported.node.put("web");
  reported.node.endpoints("web", ["10.244.1.1", "10.244.1.2"]);
  await reported.node.advance(1_000);
  return reported;
}

Deno.test("reportService() of a Service that is served", NOTHING, async () => {
  const { node, input } = await web();
  node.host.ipvs.setConnections("-t 10.96.0.1:80", "10.244.1.1:8080", {
    active: 2,
    inactive: 1,
  });
  await node.advance(31_000);
  const report = reportService(WEB, input());
  const [frontend] = report?.frontendList ?? [];
  assertEquals(
    [report?.state, report?.why, report?.connections, report?.realServers],
    ["served", undefined, 3, 2],
  );
  assertEquals(report?.ports, ["80/tcp"]);
  assertEquals(
    [frontend?.key, frontend?.kind, frontend?.owner, frontend?.policy],
    ["tcp/10.96.0.1:80", "cluster-ip", "default/web", "cluster"],
  );
  const [server] = frontend?.virtualServers ?? [];
  assertEquals([server?.clients, server?.scheduler, server?.differences], [
    "everybody",
    "rr",
    [],
  ]);
  const real = server?.realServers.find(({ key }) => key === "10.244.1.1:8080");
  assertEquals(real, {
    key: "10.244.1.1:8080",
    weight: 1,
    kernelWeight: 1,
    activeConnections: 2,
    inactiveConnections: 1,
    endpoint: {
      ready: true,
      serving: true,
      terminating: false,
      isLocal: false,
      nodeName: "node-2",
    },
  });
  await node.stop();
});

Deno.test("reports are plain JSON", NOTHING, async () => {
  const { node, input } = await web();
  const report = reportService(WEB, input());
  assertEquals(JSON.parse(JSON.stringify(report)), report);
  await node.stop();
});

Deno.test(
  "reportService() says since when a Service is refused",
  NOTHING,
  async () => {
    const { node, input } = await web();
    const servedMs = reportService(WEB, input())?.sinceMs ?? 0;
    await node.advance(10_000);
    node.endpoints("web", []);
    await node.advance(1_000);
    const refused = reportService(WEB, input());
    assertEquals([refused?.state, refused?.why], [
      "refused",
      "there is no endpoint",
    ]);
    assert((refused?.sinceMs ?? 0) - servedMs > 10_000);
    await node.stop();
  },
);

Deno.test(
  "reportService() tells policy Local by who is dropped",
  NOTHING,
  async () => {
    const { node, input } = await reportedNode();
    node.put("web", {
      internalTrafficPolicy: "local",
      externalTrafficPolicy: "local",
      externalIps: ["192.0.2.1" as IpAddress],
    });
    node.endpoints("web", ["10.244.1.1"]);
    await node.advance(1_000);
    const report = reportService(WEB, input());
    assertEquals(
      report?.frontendList.map(({ kind, state, inside, outside }) =>
        `${kind} ${state} ${inside} ${outside}`
      ),
      ["cluster-ip dropped drop drop", "external-ip served serve drop"],
    );
    const outside = report?.frontendList[1];
    assertEquals(outside?.virtualServers.map(({ clients }) => clients), [
      "inside",
    ]);
    assertEquals([report?.state, outside?.why?.includes("outside")], [
      "dropped",
      true,
    ]);
    await node.stop();
  },
);

Deno.test("reportService() names who has a frontend", NOTHING, async () => {
  const { node, input } = await web();
  const shared = ["192.0.2.1" as IpAddress];
  node.put("one", { ip: "10.96.0.2", externalIps: shared, createdMs: 1 });
  node.put("two", { ip: "10.96.0.3", externalIps: shared, createdMs: 2 });
  await node.advance(1_000);
  const loser = reportService("default/two" as ServiceName, input());
  const frontend = loser?.frontendList.find(({ kind }) =>
    kind !== "cluster-ip"
  );
  assertEquals(
    [
      loser?.state,
      frontend?.owner,
      frontend?.waiting,
      frontend?.virtualServers,
    ],
    ["conflict", "default/one", ["default/two"], []],
  );
  assertEquals(loser?.why, "Service default/one has it, being older");
  node.put("zoo", { ip: "10.96.0.4", externalIps: shared, createdMs: 1 });
  await node.advance(1_000);
  const young = reportService("default/zoo" as ServiceName, input());
  assertEquals(young?.why, "Service default/one has it, being first by name");
  await node.stop();
});

Deno.test(
  "reportService() tells what the kernel has otherwise, of a fresh listing",
  NOTHING,
  async () => {
    const { node, input } = await web();
    node.host.ipvs.edit("-E -t 10.96.0.1:80 -s wlc -p 60");
    node.host.ipvs.edit("-e -t 10.96.0.1:80 -r 10.244.1.1:8080 -m -w 5");
    node.host.ipvs.edit("-d -t 10.96.0.1:80 -r 10.244.1.2:8080");
    node.host.ipvs.edit("-a -t 10.96.0.1:80 -r 10.9.9.9:8080 -m -w 1");
    assertEquals(reportService(WEB, input())?.state, "served");
    const { observed } = node.agent.inspect()!;
    const fresh = new Observed();
    const listed = await node.host.run(["ipvsadm", "-Ln", "--exact"]);
    fresh.replaceServers(parseIpvsList(listed.stdout));
    fresh.replaceAddresses(observed.addresses);
    const report = reportService(WEB, input(), { observed: fresh });
    assertEquals(report?.frontendList[0]?.virtualServers[0]?.differences, [
      "scheduler wlc, wanted rr",
      "persistence 60, wanted none",
      "10.244.1.1:8080 has weight 5, wanted 1",
      "10.244.1.2:8080 is not there",
      "10.9.9.9:8080 is there and not wanted",
    ]);
    assertEquals(report?.state, "pending");
    await node.stop();
  },
);

Deno.test(
  "reportService() tells foreign virtual servers in the way",
  NOTHING,
  async () => {
    const { node, input } = await reportedNode();
    node.host.ipvs.edit("-A -t 10.96.0.1:80 -s sed");
    node.agent.checkAll();
    await node.advance(1_000);
    node.put("web");
    node.endpoints("web", ["10.244.1.1"]);
    await node.advance(1_000);
    assertEquals(reportService(WEB, input())?.state, "foreign");
    await node.stop();
  },
);

Deno.test(
  "reportService() tells what fails, why and since when",
  NOTHING,
  async () => {
    const { node, input, history } = await web();
    node.host.ipvs.schedulers.delete("sed");
    node.put("bad", {
      ip: "10.96.0.9",
      wishes: { leaveAlone: new Set(), scheduler: "sed" },
    });
    node.endpoints("bad", ["10.244.1.1"]);
    await node.advance(1_000);
    const failingMs = node.clock.nowMs();
    await node.advance(20_000);
    const report = reportService("default/bad" as ServiceName, input());
    assertEquals(report?.state, "failing");
    assert(report?.why?.includes("Scheduler"), report?.why);
    assert((report?.sinceMs ?? 0) <= failingMs);
    assertEquals(history.lastError?.unit, "default/bad");
    await node.stop();
  },
);

Deno.test("reportService() shows a drain by hand", NOTHING, async () => {
  const { node, input } = await web();
  await node.agent.handDrains.add(parseDrainTarget("10.244.1.2")!, 60_000);
  await node.advance(1_000);
  const report = reportService(WEB, input());
  const real = report?.frontendList[0]?.virtualServers[0]?.realServers
    .find(({ key }) => key === "10.244.1.2:8080");
  assertEquals(
    [real?.weight, real?.kernelWeight, real?.drainedAs as string],
    [0, 0, "10.244.1.2"],
  );
  assertEquals([report?.realServers, report?.quiescent], [1, 1]);
  await node.stop();
});

Deno.test("a Service that is not planned yet is pending", NOTHING, async () => {
  const { node, input, model } = await web();
  const service = testService("new", { ip: "10.96.0.66" });
  model.upsertService(service.name, {
    kind: "object",
    value: service,
    rejections: [],
  });
  const summary = summariseServices(input()).find(({ name }) =>
    name === "default/new"
  );
  assertEquals([summary?.state, summary?.clusterIps], [
    "pending",
    ["10.96.0.66"],
  ]);
  const report = reportService("default/new" as ServiceName, input());
  assertEquals(report?.why, "it waits for the next pass");
  await node.stop();
});

Deno.test(
  "summariseServices() has rejected Services too, and is sorted",
  NOTHING,
  async () => {
    const { node, input, model } = await web();
    node.put("api", { ip: "10.96.0.7" });
    await node.advance(1_000);
    const rejection: Rejection = {
      object: "Service default/zzz",
      field: "spec.ports",
      reason: "Cannot use it",
    };
    model.upsertService("default/zzz", {
      kind: "malformed",
      rejections: [rejection],
    });
    assertEquals(
      summariseServices(input()).map(({ name, state, why }) => [
        name,
        state,
        why,
      ]),
      [
        ["default/api", "refused", "there is no endpoint"],
        ["default/web", "served", undefined],
        ["default/zzz", "rejected", "Cannot use it"],
      ],
    );
    const report = reportService("default/zzz" as ServiceName, input());
    assertEquals(report?.rejections, [rejection]);
    assertEquals(
      reportService("default/no" as ServiceName, input()),
      undefined,
    );
    await node.stop();
  },
);
