import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FrontendKey } from "#plan";
import type { ServiceName } from "#model";
import type { EventReport } from "#watch";
import {
  eventObserver,
  healthCheckReport,
  prerequisiteReport,
  serverReport,
  startReport,
} from "../../mod/observe/event_observer.ts";

const PURE = { permissions: "none" } as const;

function told(): {
  observer: ReturnType<typeof eventObserver>;
  reports: EventReport[];
} {
  const reports: EventReport[] = [];
  const observer = eventObserver({
    report: (report) => void reports.push(report),
    nodeName: "node-1",
    uidOf: (service) => service === "default/web" ? "u1" : undefined,
  });
  return { observer, reports };
}

Deno.test("what cannot be used becomes one Event on the object", PURE, () => {
  const { observer, reports } = told();
  observer.rejected?.(Array.from({ length: 7 }, (_, at) => ({
    object: "Service default/web",
    field: `spec.ports[${at}]`,
    reason: "Cannot use it",
  })));
  assertEquals(reports.length, 1);
  assertEquals(reports[0]?.reason, "CannotUse");
  assertEquals(reports[0]?.regarding, {
    kind: "Service",
    apiVersion: "v1",
    namespace: "default",
    name: "web",
    uid: "u1",
  });
  assertStringIncludes(reports[0]?.note ?? "", "spec.ports[4]: Cannot use it");
  assertStringIncludes(reports[0]?.note ?? "", "and 2 more");
});

Deno.test("a wrong annotation has a reason of its own", PURE, () => {
  const { observer, reports } = told();
  observer.rejected?.([{
    object: "Service default/web",
    field: "metadata.annotations[ipvs.kube-proxy.io/scheduler]",
    reason: "Cannot use scheduler",
  }]);
  assertEquals(reports[0]?.reason, "InvalidAnnotation");
});

Deno.test("slices and Nodes are named with their own kind", PURE, () => {
  const { observer, reports } = told();
  for (
    const object of ["EndpointSlice a/b", "Node n", "Odd a/b", "Service x y"]
  ) {
    observer.rejected?.([{ object, field: "", reason: "Cannot" }]);
  }
  assertEquals(reports.map(({ regarding }) => regarding), [
    {
      kind: "EndpointSlice",
      apiVersion: "discovery.k8s.io/v1",
      name: "b",
      namespace: "a",
    },
    { kind: "Node", apiVersion: "v1", name: "n" },
  ]);
});

Deno.test("every loser of a frontend is told who has it", PURE, () => {
  const { observer, reports } = told();
  observer.conflict?.({
    frontend: "tcp/192.0.2.1:80" as FrontendKey,
    winner: "default/old" as ServiceName,
    losers: ["default/web", "default/late"] as ServiceName[],
  });
  assertEquals(reports.map(({ regarding }) => regarding.name), ["web", "late"]);
  assertStringIncludes(
    reports[0]?.note ?? "",
    "belongs to Service default/old",
  );
});

Deno.test("what the kernel refuses is told with the node's name", PURE, () => {
  const { observer, reports } = told();
  observer.failed?.("default/web", "ipvsadm: Memory allocation problem", 1000);
  observer.failed?.("repair tcp/10.0.0.1:80", "refused", 1000);
  assertEquals(reports.length, 1);
  assertStringIncludes(reports[0]?.note ?? "", "node node-1: ipvsadm");
});

Deno.test("the start is told on the Node", PURE, () => {
  assertEquals(startReport("node-1").regarding, {
    kind: "Node",
    name: "node-1",
  });
});

Deno.test("what cannot be opened has kube-proxy's own Events", PURE, () => {
  assertEquals(
    healthCheckReport("default/web" as ServiceName, 31_000, {
      reason: "in use",
      nodeName: "node-1",
      uidOf: () => "u1",
    }),
    {
      type: "Warning",
      reason: "FailedToStartServiceHealthcheck",
      action: "Listen",
      note: "node node-1 failed to start healthcheck " +
        '"default/web" on port 31000: in use',
      regarding: {
        kind: "Service",
        apiVersion: "v1",
        namespace: "default",
        name: "web",
        uid: "u1",
      },
    },
  );
  const reasons = (["health", "metrics"] as const).map((server) =>
    serverReport("node-1", server, "in use").reason
  );
  assertEquals(reasons, [
    "FailedToStartProxierHealthcheck",
    "FailedToStartMetricServer",
  ]);
});

Deno.test("what the node lacks is one Event on it", PURE, () => {
  assertEquals(prerequisiteReport("node-1", []), undefined);
  const report = prerequisiteReport("node-1", ["nft: absent", "x: y"]);
  assertEquals(report?.note, "nft: absent; x: y");
  assertEquals(report?.regarding, { kind: "Node", name: "node-1" });
});
