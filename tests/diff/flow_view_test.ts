import { assert, assertEquals } from "@std/assert";
import { Desired, Drains, flowViewOf, Observed } from "../../mod/diff/mod.ts";
import type { IpAddress, ServiceName } from "../../mod/model/mod.ts";
import {
  type FrontendKey,
  type FrontendPlan,
  type RealServerKey,
  setName,
  type VirtualServerKey,
} from "../../mod/plan/mod.ts";
import { sampleFrontend } from "./sample.ts";

const PLAIN = "-u 10.96.0.1:53" as VirtualServerKey;
const MARK = "-f 7" as VirtualServerKey;
const FRONTEND = {
  protocol: "udp",
  address: "10.96.0.1" as IpAddress,
  port: 53,
} as const;
const ELEMENT = "10.96.0.1,udp:53";

/** A frontend with a virtual server by address and one by mark. */
function frontend(): FrontendPlan {
  const plain = sampleFrontend({
    ...FRONTEND,
    servers: { "10.244.1.1": 1 },
  });
  const [server] = plain.virtualServers;
  if (server === undefined) throw new Error("it is served");
  return {
    ...plain,
    virtualServers: [server, { ...server, key: MARK }],
    setEntries: [
      ...plain.setEntries,
      { family: "ipv4", set: "mark", element: ELEMENT, mark: 7 },
    ],
  };
}

function bench(): { desired: Desired; observed: Observed } {
  const desired = new Desired();
  desired.set({
    service: "default/dns" as ServiceName,
    createdMs: 0,
    frontends: [frontend()],
  });
  return { desired, observed: new Observed() };
}

/** What is wanted has been made. */
function make(desired: Desired, observed: Observed): void {
  for (const { server } of desired.virtualServers.values()) {
    observed.confirmIpvs([
      { verb: "add-service", server },
      ...[...server.realServers.values()].map((realServer) => ({
        verb: "add-server" as const,
        key: server.key,
        realServer,
      })),
    ]);
  }
}

Deno.test({
  name: "flowViewOf() knows the frontend of a mark by what is wanted",
  permissions: "none",
  fn: () => {
    const { desired, observed } = bench();
    const view = flowViewOf(desired, observed, new Drains());
    assertEquals(view.frontendOf(MARK), FRONTEND);
    assertEquals(view.frontendOf(PLAIN), FRONTEND);
    assertEquals(view.frontendOf("-f 9" as VirtualServerKey), undefined);
  },
});

Deno.test({
  name: "flowViewOf() knows the frontend of a mark by the kernel's set",
  permissions: "none",
  fn: () => {
    const observed = new Observed();
    const elements = new Map([[ELEMENT, 7]]);
    observed.replaceSets(new Map([[setName("mark", "ipv4"), { elements }]]));
    const view = flowViewOf(new Desired(), observed, new Drains());
    assertEquals(view.frontendOf(MARK), FRONTEND);
    const ofSix = "-f 7 -6" as VirtualServerKey;
    assertEquals(view.frontendOf(ofSix), undefined, "another family's");
  },
});

Deno.test({
  name: "flowViewOf() tells whether another virtual server goes on serving",
  permissions: "none",
  fn: () => {
    const { desired, observed } = bench();
    const view = flowViewOf(desired, observed, new Drains());
    assert(!view.isServedOtherwise(MARK), "neither is there yet");
    make(desired, observed);
    assert(view.isServedOtherwise(MARK) && view.isServedOtherwise(PLAIN));
    assertEquals([...view.realServersOf(PLAIN)], ["10.244.1.1:8080"]);
    desired.remove("default/dns" as ServiceName);
    assert(!view.isServedOtherwise(MARK), "it does not go on");
  },
});

Deno.test({
  name: "flowViewOf() knows the frontend of a mark by a drain on record",
  permissions: "none",
  fn: () => {
    const drains = new Drains();
    drains.put({
      key: MARK,
      realServerKey: "10.244.1.1:53" as RealServerKey,
      startedMs: 0,
      deadlineMs: 1,
      frontend: "udp/10.96.0.1:53" as FrontendKey,
    });
    const view = flowViewOf(new Desired(), new Observed(), drains);
    assertEquals(view.frontendOf(MARK), FRONTEND);
  },
});
