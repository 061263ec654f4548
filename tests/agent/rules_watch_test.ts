import { assert, assertEquals } from "@std/assert";
import { touchesRules } from "../../mod/agent/mod.ts";
import type { Cidr } from "../../mod/model/mod.ts";
import { type NodeOptions, TestNode } from "./harness.ts";

const FLUSHED = "delete rule ip nat KUBE-VS-SERVICES handle 2";
const LOCKED = "Another app is currently holding the xtables lock; " +
  "waiting for it to exit...\n";

function startedNode(options: NodeOptions = {}): TestNode {
  const node = new TestNode(options);
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  node.sync();
  return node;
}

async function servingNode(options: NodeOptions = {}): Promise<TestNode> {
  const node = startedNode(options);
  await node.advance(1_000);
  return node;
}

function flush(node: TestNode): void {
  for (const tables of Object.values(node.host.iptables.tables)) tables.clear();
}

function saves(node: TestNode): number {
  return node.takeCalls().filter((call) => call.includes("-save")).length;
}

/** From now on another program holds the lock; gives what ends that. */
function holdLock(node: TestNode): () => void {
  let isHeld = true;
  for (const program of ["iptables", "ip6tables"]) {
    node.host.faults.add({
      program: `${program}-legacy-restore`,
      when: () => isHeld,
      times: Infinity,
      effect: { kind: "exit", code: 4, stderr: LOCKED },
    });
  }
  return () => isHeld = false;
}

Deno.test("rules that others flush are back in under a second of nft's word", async () => {
  const node = await servingNode({ hasRulesMonitor: true });
  const dump = node.host.dump();
  flush(node);
  node.sayRules(FLUSHED);
  await node.advance(500);
  assertEquals(node.host.dump(), dump);
  assertEquals(node.agent.snapshot().repairs.get("rule"), 2);
  await node.stop();
});

Deno.test("an idle node whose monitor is quiet looks at no rules between audits", async () => {
  const node = await servingNode({
    hasRulesMonitor: true,
    timing: { rulesMs: 500 },
  });
  node.takeCalls();
  await node.advance(25_000);
  assertEquals(saves(node), 0);
  await node.stop();
});

Deno.test("a storm of others' changes costs three looks a second at most", async () => {
  const node = await servingNode({ hasRulesMonitor: true });
  node.takeCalls();
  for (let step = 0; step < 100; step++) {
    node.sayRules("add rule ip filter FORWARD counter accept");
    await node.advance(50);
  }
  const looks = saves(node) / 2;
  assert(looks >= 5 && looks <= 15, `${looks} looks in 5 s`);
  await node.stop();
});

Deno.test("rules are looked at on a timer while the monitor is gone", async () => {
  const node = await servingNode({
    hasRulesMonitor: true,
    timing: { rulesMs: 500 },
  });
  node.sayRules("");
  await node.advance(0);
  const dump = node.host.dump();
  flush(node);
  await node.advance(900);
  assertEquals(node.host.dump(), dump);
  await node.stop();
});

Deno.test("xtables-lock-and-backend: rules are back within 2 s after a lock that was held for 20 s", async () => {
  const node = await servingNode({ timing: { rulesMs: 500 } });
  const dump = node.host.dump();
  const release = holdLock(node);
  flush(node);
  await node.advance(20_000);
  assert(node.host.dump() !== dump);
  assertEquals(
    node.warnings.filter((text) => text.includes("Cannot write the rules"))
      .length,
    1,
    "said once, however often it is tried",
  );
  release();
  node.events.length = 0;
  await node.advance(2_000);
  assertEquals(node.host.dump(), dump);
  const waits = node.events.filter((text) => text.startsWith("lock waited"));
  assertEquals(waits.length, 1, "the wait is counted");
  const waitedMs = Number(waits[0]?.split(" ")[2]);
  assert(waitedMs >= 19_000 && waitedMs <= 21_000, waits[0]);
  await node.stop();
});

Deno.test("xtables-lock-and-backend: Services go on while the lock is held", async () => {
  const node = await servingNode({ timing: { rulesMs: 500 } });
  const release = holdLock(node);
  flush(node);
  await node.advance(1_000);
  node.endpoints("web", ["10.244.1.2"]);
  await node.advance(1_500);
  assert(node.ipvs().includes("10.244.1.2"));
  release();
  await node.stop();
});

Deno.test("xtables-lock-and-backend: at a start nothing is served before its rules are, and not for ever", async () => {
  const node = startedNode();
  const release = holdLock(node);
  await node.advance(10_000);
  assertEquals(node.ipvs(), "");
  release();
  await node.advance(2_000);
  assert(node.ipvs().includes("10.244.1.1"));
  await node.stop();

  const stuck = startedNode();
  holdLock(stuck);
  await stuck.advance(62_000);
  assert(stuck.ipvs().includes("10.244.1.1"));
  await stuck.stop();
});

Deno.test("a rule of others that changes our marks is named once, and again when it is another", async () => {
  const node = await servingNode();
  const { tables } = node.host.iptables;
  const write = (rule: string): void => {
    tables["iptables-legacy"].get("mangle")?.get("INPUT")?.rules.push(rule);
  };
  const said = (): number =>
    node.warnings.filter((text) => text.includes("firewall marks")).length;
  await node.advance(65_000);
  assertEquals(said(), 0);
  write("-j MARK --set-xmark 0x200/0xf00");
  await node.advance(65_000);
  assertEquals(said(), 1);
  write("-i eth0 -j MARK --set-xmark 0x100/0xf00");
  await node.advance(65_000);
  assertEquals(said(), 2);
  await node.stop();
});

Deno.test("touchesRules() takes what concerns rules of IPv4 and IPv6, nothing else", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    [FLUSHED, true],
    ["add rule ip6 filter INPUT counter packets 0 bytes 0 accept", true],
    ["insert rule ip nat PREROUTING handle 9 counter accept", true],
    ["delete chain ip nat KUBE-VS-SERVICES", true],
    ["delete table ip nat", true],
    ["add element ip nat set { 10.0.0.1 }", false],
    ["add rule inet firewalld filter_INPUT accept", false],
    ["# new generation 5 by process 2109 (nft)", false],
    ["", false],
  ];
  for (const [line, touches] of cases) {
    assertEquals(touchesRules(line), touches, line);
  }
});

for (const program of ["iptables-legacy-restore", "ipvsadm"]) {
  Deno.test(`rules that a Node or ServiceCIDR changes during the start's ${program} are written once it is over`, async () => {
    const node = new TestNode({ hasRulesMonitor: true });
    const cidr = "10.96.0.0/12" as Cidr;
    node.host.onCall = ({ argv }) => {
      if (argv[0] !== program || node.serviceCidrs.length > 0) return;
      node.serviceCidrs = [cidr];
      node.agent.handle({
        source: "ServiceCIDR",
        event: { kind: "delete", key: "any" },
      });
    };
    node.start();
    node.put("web");
    node.endpoints("web", ["10.244.1.1"]);
    node.sync();
    await node.advance(1_000);
    assert(node.host.dump().includes(`-d ${cidr} `), node.host.dump());
    await node.stop();
  });
}
