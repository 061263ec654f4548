import { assertEquals } from "@std/assert";
import { whyUnhealthy } from "../../mod/observe/health.ts";
import { TestNode } from "./harness.ts";
import { Status } from "../../mod/agent/status.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test({
  name: "Status tells of each foreign thing once, and again when it returns",
  permissions: "none",
  fn: () => {
    const told: string[] = [];
    const status = new Status(new FakeClock(), {
      foreign: ({ name }) => told.push(name),
      repaired: (kind, count) => told.push(`${count} ${kind}`),
    });
    const thing = {
      kind: "address",
      name: "9.9.9.9",
      inTheWay: false,
    } as const;
    status.saw([thing]);
    status.saw([thing], "all");
    status.saw([], "all");
    assertEquals(status.foreign, []);
    status.saw([thing]);
    status.repaired(new Map([["rule", 2], ["device", 0]]));
    status.repaired(new Map([["rule", 1]]));
    assertEquals(told, ["9.9.9.9", "9.9.9.9", "2 rule", "1 rule"]);
    assertEquals(status.repairs.get("rule"), 3);
  },
});

for (const hours of [1, -1]) {
  Deno.test({
    name: `what was agreed ${hours} h ago by a clock that jumps is not old`,
    permissions: "none",
    fn: async () => {
      const node = new TestNode();
      await node.boot();
      node.host.faults.add({
        program: "ipvsadm",
        when: ({ argv }) => argv[1] === "--restore",
        times: Infinity,
        effect: { kind: "exit", code: 1, stderr: "out of memory" },
      });
      node.put("web");
      node.endpoints("web", ["10.244.1.1"]);
      await node.advance(20_000);
      node.clock.setWall(node.clock.nowMs() + hours * 3_600_000);
      await node.advance(5_000);
      const snapshot = node.agent.snapshot();
      const nowMs = node.clock.nowMs();
      assertEquals(nowMs - (snapshot.lastAgreedMs ?? 0), 25_000);
      const sinceMs = snapshot.failingTables.get("ipvs") ?? 0;
      assertEquals(nowMs - sinceMs, 25_000);
      const { counts } = snapshot;
      const one = { ...snapshot, counts: { ...counts, services: 2 } };
      const input = { snapshot: one, nowMs, timeoutMs: 60_000 };
      assertEquals(whyUnhealthy(input), undefined);
      await node.stop();
    },
  });
}
