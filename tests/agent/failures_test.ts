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

const REFUSED = 300;

/** So many Services that the kernel refuses, and as many others between. */
function putRefused(node: TestNode): void {
  node.host.ipvs.schedulers.delete("sed");
  for (let i = 0; i < REFUSED; i++) {
    const [high, low] = [i >> 8, i & 255];
    node.put(`bad${i}`, {
      ip: `10.97.${high}.${low}`,
      wishes: { leaveAlone: new Set(), scheduler: "sed" },
    });
    node.endpoints(`bad${i}`, [`10.245.${high}.${low}`]);
    node.put(`good${i}`, { ip: `10.98.${high}.${low}` });
    node.endpoints(`good${i}`, [`10.246.${high}.${low}`]);
  }
}

Deno.test("one-bad-object-stops-all: hundreds that the kernel refuses keep no other waiting (I8)", async () => {
  const node = new TestNode();
  await node.boot();
  putRefused(node);
  node.takeCalls();
  await node.advance(900);
  const { failures } = node.agent.snapshot();
  assertEquals(failures.size, REFUSED);
  assert([...failures.keys()].every((name) => name.includes("bad")));
  assertEquals(serverCount(node), REFUSED);
  const addresses = node.host.ip.devices.get("kube-ipvs0")?.addresses;
  assert(addresses?.has("10.98.1.7/32"));
  const { length } = node.takeCalls();
  assert(length < 20, `${length} processes`);
  node.endpoints("good7", ["10.246.9.9"]);
  node.put("late", { ip: "10.96.9.1" });
  node.endpoints("late", ["10.244.9.9"]);
  await node.advance(200);
  assert(node.ipvs().includes("10.246.9.9"));
  assert(!node.ipvs().includes("10.246.0.7:"));
  assert(addresses?.has("10.96.9.1/32"));
  await node.advance(120_000);
  assertEquals(serverCount(node), REFUSED + 1);
  await node.stop();
});

Deno.test("one-bad-object-stops-all: what is new does not wait for a hundred that are tried again (I8)", async () => {
  const node = new TestNode();
  await node.boot();
  // ipset stops at the first line that is refused.
  node.host.faults.add({
    program: "ipset",
    times: Infinity,
    effect: { kind: "refuse", isRefused: (line) => line.includes(" 10.97.") },
  });
  for (let i = 0; i < 100; i++) {
    node.put(`bad${i}`, { ip: `10.97.0.${i}` });
    node.endpoints(`bad${i}`, [`10.245.0.${i}`]);
  }
  await node.advance(850);
  for (const i of [1, 2]) {
    node.put(`good${i}`, { ip: `10.98.0.${i}` });
    node.endpoints(`good${i}`, [`10.246.0.${i}`]);
    // The pass of the second one is that of the tries, too.
    await node.advance(i === 1 ? 50 : 200);
  }
  assert(node.ipvs().includes("10.246.0.2:8080"), node.ipvs());
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

Deno.test("ready says whether the rules could be written, and once more when they are", async () => {
  const node = new TestNode();
  const told: string[] = [];
  node.observers.push({
    ready: ({ isWhole, failing }) => told.push(`${isWhole} ${failing}`),
  });
  node.host.faults.add({
    program: "iptables-legacy-restore",
    times: 2,
    effect: { kind: "exit", code: 1, stderr: "iptables-restore: no luck\n" },
  });
  await node.boot();
  assertEquals(told, ["false 0"]);
  await node.advance(100_000);
  assertEquals(told, ["false 0", "true 0"]);
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
