import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

Deno.test({
  name: "inspect() shows what is wanted, what is there, and sets with limits",
  permissions: "none",
  async fn() {
    const node = new TestNode({ families: ["ipv4"] });
    await node.boot();
    node.put("web", { ip: "10.96.0.10" });
    node.endpoints("web", ["10.32.1.5"]);
    await node.advance(1_000);
    const seen = node.agent.inspect();
    assert(seen !== undefined);
    assertEquals([...seen.desired.virtualServers.keys()], ["-t 10.96.0.10:80"]);
    assertEquals(seen.observed.virtualServers.size, 1);
    assertEquals(seen.pending.size + seen.handDrains.length, 0);
    const frontends = seen.sets.find(({ set }) => set === "frontends");
    assertEquals([frontends?.family, frontends?.elements], ["ipv4", 1]);
    assert((frontends?.maxElements ?? 0) >= 1);
    await node.stop();
  },
});
