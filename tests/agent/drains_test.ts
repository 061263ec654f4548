import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

const KEY = "-t 10.96.0.1:80";

/** A node whose endpoint 10.244.2.1 has a live connection. */
async function busyNode(): Promise<TestNode> {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  connections(node, 1);
  node.takeCalls();
  return node;
}

function connections(node: TestNode, active: number): void {
  node.host.ipvs.setConnections(KEY, "10.244.2.1:8080", {
    active,
    inactive: 0,
  });
}

function weightOf(node: TestNode): string | undefined {
  return new RegExp(`-a ${KEY} -r 10.244.2.1:8080 -m -w (\\d+)`)
    .exec(node.ipvs())?.[1];
}

Deno.test("graceful-close: a terminating endpoint keeps its connections to the hard limit (I4)", async () => {
  const node = await busyNode();
  node.endpoints("web", [
    "10.244.1.1",
    { address: "10.244.2.1", ready: false, serving: true, terminating: true },
  ]);
  await node.advance(0);
  assertEquals(weightOf(node), "0");
  await node.advance(890_000);
  assertEquals(weightOf(node), "0");
  await node.advance(16_000);
  assertEquals(weightOf(node), undefined);
  await node.stop();
});

Deno.test("a drain is on record before its batch is sent: a kill between the two does not cut it", async () => {
  const node = await busyNode();
  const records: string[] = [];
  node.host.onCall = ({ stdin }) => {
    if (!stdin.includes("-r 10.244.2.1:8080 -m -w 0")) return;
    records.push(node.directory.files.get("state") ?? "");
  };
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(0);
  assertEquals(records.length, 1);
  const line = `+d ${KEY} -r 10.244.2.1:8080 `;
  assertEquals(records[0]?.split(line).length, 2, records[0]);
  const state = node.directory.files.get("state");
  assertEquals(state?.split(line).length, 2, "and once only");
  await node.stop();
});

Deno.test("a drain ends when its connections end", async () => {
  const node = await busyNode();
  node.endpoints("web", [
    "10.244.1.1",
    { address: "10.244.2.1", ready: false, serving: true, terminating: true },
  ]);
  await node.advance(60_000);
  assertEquals(weightOf(node), "0");
  connections(node, 0);
  await node.advance(6_000);
  assertEquals(weightOf(node), undefined);
  assertEquals(node.agent.snapshot().counts.drains, 0);
  await node.stop();
});

Deno.test("node-crash-15min: an endpoint that is gone from every slice goes after a minute", async () => {
  const node = await busyNode();
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(55_000);
  assertEquals(weightOf(node), "0");
  await node.advance(10_000);
  assertEquals(weightOf(node), undefined);
  await node.stop();
});

Deno.test("node-crash-15min: a drain ends at its time, not at the next look", async () => {
  const node = await busyNode();
  // Every half minute everything is looked at: not just then.
  await node.advance(10_000);
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(59_900);
  assertEquals(weightOf(node), "0");
  await node.advance(200);
  assertEquals(weightOf(node), undefined);
  await node.stop();
});

Deno.test("an endpoint that comes back has its weight and its connections", async () => {
  const node = await busyNode();
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(10_000);
  assertEquals(weightOf(node), "0");
  node.takeCalls();
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  await node.advance(0);
  assertEquals(node.takeCalls(), [
    `ipvsadm --restore: -e ${KEY} -r 10.244.2.1:8080 -m -w 1`,
  ]);
  await node.advance(120_000);
  assertEquals(weightOf(node), "1");
  await node.stop();
});

Deno.test("drains go on after a restart with the deadlines that they had", async () => {
  const node = await busyNode();
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(40_000);
  await node.stop();
  node.clock.setWall(node.clock.nowMs() + 10_000);
  await node.boot();
  assertEquals(node.agent.snapshot().counts.drains, 1);
  await node.advance(5_000);
  assertEquals(weightOf(node), "0");
  await node.advance(11_000);
  assertEquals(weightOf(node), undefined);
  await node.stop();
});

Deno.test("connections are looked at only while something drains", async () => {
  const node = await busyNode();
  await node.advance(29_000);
  assertEquals(node.takeCalls(), []);
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(10_000);
  const looks = node.takeCalls().filter((call) => call.includes("-Ln"));
  assert(looks.length >= 2 && looks.length <= 6, looks.join("\n"));
  await node.stop();
});

Deno.test("the last endpoint keeps its connections while new ones are refused", async () => {
  const node = await busyNode();
  node.endpoints("web", []);
  await node.advance(0);
  assertEquals(weightOf(node), "0");
  assert(node.host.dump().includes("add KUBE-VS4-REFUSE 10.96.0.1,tcp:80"));
  connections(node, 0);
  await node.advance(6_000);
  assertEquals(node.ipvs(), "");
  await node.stop();
});

Deno.test("a clock that jumps ends no drain early", async () => {
  const node = await busyNode();
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(1_000);
  node.clock.setWall(node.clock.nowMs() + 3_600_000);
  await node.advance(30_000);
  assertEquals(weightOf(node), "0");
  await node.advance(40_000);
  assertEquals(weightOf(node), undefined);
  await node.stop();
});

for (const hours of [-1, 1]) {
  Deno.test(`a clock that jumps by ${hours} h ends no drain early, nor late, though the agent is another one then`, async () => {
    const node = await busyNode();
    node.clock.setWall(node.clock.nowMs() + hours * 3_600_000);
    node.endpoints("web", ["10.244.1.1"]);
    await node.advance(20_000);
    await node.stop();
    await node.boot();
    await node.advance(35_000);
    assertEquals(weightOf(node), "0");
    await node.advance(6_000);
    assertEquals(weightOf(node), undefined);
    await node.stop();
  });

  Deno.test(`a clock that jumps by ${hours} h while something drains is told of on disk by the next audit`, async () => {
    const node = await busyNode();
    node.endpoints("web", [
      "10.244.1.1",
      { address: "10.244.2.1", ready: false, serving: true, terminating: true },
    ]);
    await node.advance(5_000);
    node.clock.setWall(node.clock.nowMs() + hours * 3_600_000);
    await node.advance(31_000);
    await node.stop();
    await node.boot();
    await node.advance(850_000);
    assertEquals(weightOf(node), "0");
    await node.advance(20_000);
    assertEquals(weightOf(node), undefined);
    await node.stop();
  });
}

Deno.test("a clock that jumps just before a kill cuts nothing at once, and keeps nothing beyond its limit", async () => {
  for (const [hours, mostMs] of [[1, 66_000], [-1, 906_000]] as const) {
    const node = await busyNode();
    node.endpoints("web", [
      "10.244.1.1",
      { address: "10.244.2.1", ready: false, serving: true, terminating: true },
    ]);
    await node.advance(5_000);
    await node.stop();
    node.clock.setWall(node.clock.nowMs() + hours * 3_600_000);
    await node.boot();
    await node.advance(mostMs - 10_000);
    assertEquals(weightOf(node), "0");
    await node.advance(10_000);
    assertEquals(weightOf(node), undefined);
    await node.stop();
  }
});
