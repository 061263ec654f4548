import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

const FRONTENDS = "KUBE-VS4-FRONTENDS";

function startedNode(services: number): TestNode {
  const node = new TestNode();
  node.start();
  addServices(node, 1, services);
  return node;
}

function addServices(node: TestNode, from: number, to: number): void {
  for (let at = from; at <= to; at++) {
    const ip = `10.96.${at >> 8}.${at & 255}`;
    node.put(`s${at}`, { ip });
    node.endpoints(`s${at}`, ["10.244.1.1"]);
  }
}

function frontends(node: TestNode): number {
  return node.host.ipset.sets.get(FRONTENDS)?.elements.size ?? 0;
}

Deno.test("ipset-type-or-full: a set that a start finds with another type is made anew, rules name it or not", async () => {
  for (const isNamed of [false, true]) {
    const node = startedNode(3);
    await node.host.run(["ipset", "restore"], {
      stdin: `create ${FRONTENDS} hash:ip\n` +
        `add ${FRONTENDS} 10.1.1.1\n`,
    });
    if (isNamed) {
      node.host.iptables.edit(
        "iptables-legacy",
        "*filter\n:KUBE-VS-INPUT - [0:0]\n" +
          `-A KUBE-VS-INPUT -m set --match-set ${FRONTENDS} dst ` +
          "-j ACCEPT\nCOMMIT\n",
      );
    }
    node.sync();
    await node.advance(1_000);
    assertEquals(node.host.ipset.sets.get(FRONTENDS)?.type, "hash:ip,port");
    assertEquals(frontends(node), 3, isNamed ? "named" : "not named");
    assert(node.host.dump().includes(`--match-set ${FRONTENDS} dst,dst -j`));
    const said = node.warnings.some((text) => text.includes("another type"));
    assertEquals(said, isNamed);
    await node.stop();
  }
});

Deno.test("ipset-type-or-full: a set that is full grows by a swap, and is never empty or short on the way", async () => {
  const node = startedNode(900);
  node.sync();
  await node.advance(0);
  const before = node.host.ipset.sets.get(FRONTENDS)?.maxElements ?? 0;
  assertEquals(frontends(node), 900);
  let least = Infinity;
  node.host.onCall = () => {
    least = Math.min(least, frontends(node));
  };
  addServices(node, 901, 3_000);
  await node.advance(5_000);
  assertEquals(frontends(node), 3_000);
  assertEquals(least, 900);
  const after = node.host.ipset.sets.get(FRONTENDS)?.maxElements ?? 0;
  assert(before < 3_000 && after >= 3_000, `${before}, then ${after}`);
  assertEquals(node.agent.snapshot().counts.failing, 0);
  await node.stop();
});

Deno.test("ipset-type-or-full: one set that is refused leaves other Services and families alone", async () => {
  const node = startedNode(2);
  node.put("six", { ip: "fd00:96::1" });
  node.endpoints("six", ["fd00:244::1"]);
  node.host.faults.add({
    program: "ipset",
    times: 3,
    when: ({ stdin }) => stdin.includes(`create ${FRONTENDS} `),
    effect: { kind: "exit", code: 1, stderr: "ipset v7.17: no memory\n" },
  });
  node.sync();
  await node.advance(60_000);
  assertEquals(frontends(node), 2);
  assert(node.ipvs().includes("[fd00:96::1]:80"));
  await node.stop();
});

Deno.test("one-bad-object-stops-all: a set that cannot grow concerns those who need room in it (I8)", async () => {
  const node = startedNode(900);
  node.sync();
  await node.advance(0);
  const most = node.host.ipset.sets.get(FRONTENDS)?.maxElements ?? 0;
  addServices(node, 901, most);
  await node.advance(5_000);
  assertEquals(frontends(node), most);
  let isFull = true;
  node.host.faults.add({
    program: "ipset",
    times: Infinity,
    when: ({ stdin }) => isFull && stdin.includes("create KUBE-VS4-NEXT "),
    effect: { kind: "exit", code: 1, stderr: "ipset v7.17: no memory\n" },
  });
  addServices(node, most + 1, most + 3);
  node.endpoints("s7", ["10.244.7.7"]);
  await node.advance(1_000);
  assert(node.ipvs().includes("-r 10.244.7.7:8080"));
  const { failing } = node.agent.snapshot().counts;
  assertEquals(failing, 3);
  await node.advance(60_000);
  assert(node.agent.snapshot().lastAuditMs !== undefined);
  node.delete("s8");
  await node.advance(1_000);
  assert(!node.ipvs().includes("10.96.0.8:80"));
  isFull = false;
  await node.advance(70_000);
  assertEquals(frontends(node), most + 2);
  assertEquals(node.agent.snapshot().counts.failing, 0);
  await node.stop();
});
