import { assert, assertEquals } from "@std/assert";
import { parseJournal } from "../../mod/agent/journal.ts";
import { TestNode } from "./harness.ts";

const SERVICES = 20;

/** A node with many Services, one endpoint each, before its first pass. */
function fullNode(): TestNode {
  const node = new TestNode();
  node.start();
  for (let i = 1; i <= SERVICES; i++) {
    node.put(`s${i}`, { ip: `10.96.0.${i}` });
    node.endpoints(`s${i}`, [`10.244.1.${i}`]);
  }
  node.sync();
  return node;
}

function serverCount(node: TestNode): number {
  return node.ipvs().split("\n").filter((line) => line.startsWith("-A")).length;
}

Deno.test("one-bad-object-stops-all: a scheduler that the kernel lacks concerns its Service alone (I8)", async () => {
  const node = fullNode();
  node.host.ipvs.schedulers.delete("sed");
  node.put("s7", {
    ip: "10.96.0.7",
    wishes: { leaveAlone: new Set(), scheduler: "sed" },
  });
  await node.advance(1_000);
  assertEquals(serverCount(node), SERVICES - 1);
  assert(!node.ipvs().includes("10.96.0.7:80"));
  assertEquals([...node.agent.snapshot().failures.keys()], ["default/s7"]);
  node.host.ipvs.schedulers.add("sed");
  await node.advance(20_000);
  assertEquals(serverCount(node), SERVICES);
  assertEquals(node.agent.snapshot().counts.failing, 0);
  await node.stop();
});

Deno.test("a Service that fails waits longer each time, and others do not wait", async () => {
  const node = fullNode();
  node.host.ipvs.schedulers.delete("sed");
  node.put("s7", {
    ip: "10.96.0.7",
    wishes: { leaveAlone: new Set(), scheduler: "sed" },
  });
  await node.advance(29_000);
  const tries = node.events.filter((text) => text.startsWith("failed"));
  assertEquals(tries.length, 5);
  node.endpoints("s8", ["10.244.1.8", "10.244.2.8"]);
  await node.advance(0);
  assert(node.ipvs().includes("10.244.2.8"));
  await node.stop();
});

for (const program of ["ipvsadm", "ipset", "ip", "iptables-legacy-restore"]) {
  Deno.test(`the kernel is right in seconds although every second ${program} fails`, async () => {
    const node = fullNode();
    let count = 0;
    node.host.faults.add({
      program,
      when: () => count++ % 2 === 0,
      times: 6,
      effect: { kind: "exit", code: 1, stderr: `${program}: out of luck\n` },
    });
    await node.advance(60_000);
    assertEquals(serverCount(node), SERVICES);
    assertEquals(node.agent.snapshot().counts.pending, 0);
    assert(node.host.dump().includes("-j KUBE-VS-INPUT"));
    assertEquals(node.host.ip.devices.get("kube-ipvs0")?.addresses.size, 20);
    await node.stop();
  });
}

Deno.test("rules that are refused are tried again, Services go on", async () => {
  const node = fullNode();
  node.host.faults.add({
    program: "iptables-legacy-restore",
    times: 3,
    effect: { kind: "exit", code: 1, stderr: "iptables-restore: no luck\n" },
  });
  await node.advance(0);
  assertEquals(serverCount(node), SERVICES);
  await node.advance(10_000);
  assert(node.host.dump().includes("-A INPUT -m comment"));
  await node.stop();
});

Deno.test("a batch that is cut off half way is completed", async () => {
  for (const program of ["ipvsadm", "ipset", "ip"]) {
    const node = fullNode();
    node.host.faults.add({
      program,
      when: ({ stdin }) => stdin.split("\n").length > 15,
      effect: { kind: "killed", afterLines: 7 },
    });
    await node.advance(5_000);
    assertEquals(serverCount(node), SERVICES, program);
    assertEquals(node.agent.snapshot().counts.pending, 0);
    await node.stop();
  }
});

Deno.test("a first pass that is refused altogether is tried again", async () => {
  const node = fullNode();
  node.host.faults.add({
    times: 12,
    effect: { kind: "exit", code: 1, stderr: "no\n" },
  });
  await node.advance(300_000);
  assertEquals(serverCount(node), SERVICES);
  await node.stop();
});

Deno.test("SIGKILL after any command, then a start, gives the right state", async () => {
  const whole = fullNode();
  await whole.advance(0);
  const dump = whole.host.dump();
  const total = whole.host.calls.length;
  await whole.stop();
  for (let last = 1; last <= total; last++) {
    const node = fullNode();
    const killed = new Promise<void>((resolve) => {
      node.host.onCall = (call) => {
        if (call.number !== last) return;
        node.host.faults.add({ times: Infinity, effect: { kind: "denied" } });
        resolve();
      };
    });
    await node.advance(0);
    await killed;
    await node.stop();
    node.directory.breakLocks();
    node.host.faults.clear();
    node.host.onCall = () => {};
    await node.boot();
    await node.advance(10_000);
    assertEquals(node.host.dump(), dump, `after command ${last}`);
    assertEquals(node.agent.snapshot().foreign, []);
    await node.stop();
  }
});

Deno.test("a full disk is told of and stops nothing", async () => {
  const node = fullNode();
  await node.advance(0);
  node.directory.isFull = true;
  node.put("late", { ip: "10.96.9.1" });
  node.endpoints("late", ["10.244.9.9"]);
  await node.advance(1_000);
  assert(node.ipvs().includes("10.244.9.9"));
  assertEquals(node.warnings.length, 1);
  assert(node.warnings[0]?.includes("No space left"));
  assert(node.agent.snapshot().isStateBehind);
  node.directory.isFull = false;
  node.put("later", { ip: "10.96.9.2" });
  node.endpoints("later", ["10.244.9.8"]);
  await node.advance(1_000);
  assert(!node.agent.snapshot().isStateBehind);
  const record = parseJournal(node.directory.files.get("state") ?? "");
  const { size } = record?.ownership ?? { size: 0 };
  assertEquals(size, node.agent.snapshot().counts.owned);
  await node.stop();
});
