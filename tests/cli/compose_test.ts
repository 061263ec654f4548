import { assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
import { compose } from "../../mod/cli/compose.ts";
import type { Scheduler } from "../../mod/model/types.ts";
import type { FrontendKey } from "../../mod/plan/types.ts";
import { FakeNode, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function composed(schedulers?: ReadonlySet<Scheduler>) {
  const node = new FakeNode();
  const result = compose({
    settings: settingsOf("--iptables-masquerade-bit=25"),
    nodeName: "node-1",
    ready: {
      host: createHost(node, "legacy"),
      inspection: {
        findings: [],
        hasNft: false,
        ...(schedulers === undefined ? {} : { schedulers }),
      },
      backEnd: { backEnd: "legacy", reason: "a test", strayChains: [] },
      families: new Set(["ipv4"]),
      cpus: 2,
      writeKernelSettings: () => Promise.resolve(undefined),
    },
    runner: node,
  }, {});
  return { node, ...result };
}

Deno.test(
  "compose() touches nothing, and the agent waits for all four kinds",
  NOTHING,
  () => {
    const { node, agent } = composed();
    assertEquals(node.commands, []);
    assertEquals(agent.snapshot().isReady ? "ready" : "waiting", "waiting");
    assertEquals([...agent.snapshot().waitingFor].sort(), [
      "EndpointSlice",
      "Node",
      "Service",
      "ServiceCIDR",
    ]);
  },
);

Deno.test("compose() hands on the schedulers that were found", NOTHING, () => {
  assertEquals(composed().view.schedulers, undefined);
  const found = new Set<Scheduler>(["rr", "sh"]);
  assertEquals(composed(found).view.schedulers, found);
});

Deno.test(
  "compose() gives firewall marks that leave the masquerade bit alone",
  NOTHING,
  () => {
    const { view } = composed();
    const keys = ["tcp/10.0.0.1:1", "tcp/10.0.0.1:2", "tcp/10.0.0.1:3"];
    const marks = keys.map((key) => view.markOf(key as FrontendKey));
    assertEquals(new Set(marks).size, 3);
    assertEquals(marks.filter((mark) => ((mark >>> 25) & 1) === 1), []);
  },
);
