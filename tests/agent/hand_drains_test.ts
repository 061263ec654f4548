import { assert, assertEquals, assertRejects } from "@std/assert";
import { type DrainTarget, parseDrainTarget } from "../../mod/plan/mod.ts";
import { TestNode } from "./harness.ts";

const NOTHING = { permissions: "none" } as const;
const A = "10.244.1.1";
const B = "10.244.2.2";

function target(text: string): DrainTarget {
  const parsed = parseDrainTarget(text);
  if (parsed === undefined) throw new TypeError(`Cannot test with ${text}`);
  return parsed;
}

async function nodeWithTwo(): Promise<TestNode> {
  const node = new TestNode();
  await node.boot();
  node.put("web");
  node.endpoints("web", [A, { address: B, node: "node-3" }]);
  await node.advance(1_000);
  return node;
}

function weights(node: TestNode): string {
  return [...node.ipvs().matchAll(/-r (\S+) -m -w (\d+)/g)]
    .map(([, key, weight]) => `${key}=${weight}`).sort().join(" ");
}

const BOTH = `${A}:8080=1 ${B}:8080=1`;
const WITHOUT_B = `${A}:8080=1 ${B}:8080=0`;

for (const text of [B, `${B}:8080`, "node/node-3"]) {
  Deno.test(
    `handDrains: ${text} gets no new connections until it is ended`,
    NOTHING,
    async () => {
      const node = await nodeWithTwo();
      assertEquals(weights(node), BOTH);
      await node.agent.handDrains.add(target(text), 60_000);
      await node.advance(1_000);
      assertEquals(weights(node), WITHOUT_B);
      assert(await node.agent.handDrains.remove(target(text)));
      await node.advance(1_000);
      assertEquals(weights(node), BOTH);
      assert(!await node.agent.handDrains.remove(target(text)));
      await node.stop();
    },
  );
}

Deno.test(
  "handDrains: a drain ends by itself at its limit, to the second",
  NOTHING,
  async () => {
    const node = await nodeWithTwo();
    await node.agent.handDrains.add(target(B), 60_000);
    await node.advance(59_000);
    assertEquals(weights(node), WITHOUT_B);
    await node.advance(2_000);
    assertEquals(weights(node), BOTH);
    assertEquals(node.agent.handDrains.all, []);
    await node.stop();
  },
);

Deno.test(
  "handDrains: a drain survives restarts with the limit that it had",
  NOTHING,
  async () => {
    const node = await nodeWithTwo();
    await node.agent.handDrains.add(target(B), 60_000);
    await node.advance(30_000);
    await node.stop();
    node.takeCalls();
    await node.boot();
    assertEquals(weights(node), WITHOUT_B);
    const touched = node.takeCalls().filter((call) =>
      call.startsWith("ipvsadm --restore")
    );
    assertEquals(touched, []);
    await node.advance(31_000);
    assertEquals(weights(node), BOTH);
    await node.stop();
  },
);

Deno.test(
  "handDrains: a limit that went by while nothing ran ends the drain at start",
  NOTHING,
  async () => {
    const node = await nodeWithTwo();
    await node.agent.handDrains.add(target(B), 60_000);
    await node.advance(1_000);
    await node.stop();
    await node.clock.advance(120_000);
    await node.boot();
    assertEquals(weights(node), BOTH);
    assertEquals(node.agent.handDrains.all, []);
    await node.stop();
  },
);

Deno.test(
  "handDrains: the only usable real server is never drained (I2)",
  NOTHING,
  async () => {
    const node = await nodeWithTwo();
    await node.agent.handDrains.add(target(A), 60_000);
    await node.agent.handDrains.add(target(B), 60_000);
    await node.advance(1_000);
    assertEquals(weights(node), BOTH);
    await node.agent.handDrains.remove(target(A));
    await node.advance(1_000);
    assertEquals(weights(node), WITHOUT_B);
    node.endpoints("web", [{ address: B, node: "node-3" }]);
    await node.advance(1_000);
    assert(weights(node).includes(`${B}:8080=1`), weights(node));
    await node.stop();
  },
);

Deno.test(
  "handDrains: only Services of the target are planned anew",
  NOTHING,
  async () => {
    const node = await nodeWithTwo();
    node.put("db", { ip: "10.96.0.2" });
    node.endpoints("db", [A]);
    await node.advance(1_000);
    const passes: string[] = [];
    const before = node.agent.snapshot().lastPass;
    await node.agent.handDrains.add(target(B), 60_000);
    await node.advance(500);
    const pass = node.agent.snapshot().lastPass;
    if (pass !== before) passes.push(...pass?.services ?? []);
    assertEquals(passes, ["default/web"]);
    await node.stop();
  },
);

Deno.test(
  "handDrains: before the start and beyond a hundred it is refused",
  NOTHING,
  async () => {
    const node = new TestNode();
    node.start();
    const early = new TestNode();
    early.start();
    await node.advance(0);
    for (let i = 0; i < 100; i++) {
      await node.agent.handDrains.add(target(`10.9.0.${i}`), 1_000);
    }
    await assertRejects(
      () => node.agent.handDrains.add(target("10.9.1.1"), 1_000),
      Error,
      "100 targets are drained by hand already",
    );
    await node.agent.handDrains.add(target("10.9.0.7"), 5_000);
    await node.stop();
    await early.stop();
  },
);
