import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

async function servingNode(): Promise<TestNode> {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  node.takeCalls();
  return node;
}

interface Damage {
  readonly what: string;
  readonly repaired: string;
  readonly kind: string;
  do(node: TestNode): void;
}

const DAMAGES: readonly Damage[] = [
  {
    what: "a virtual server deleted",
    kind: "virtual server",
    repaired: "repaired 1 virtual server",
    do: (node) => node.host.ipvs.edit("-D -t 10.96.0.1:80"),
  },
  {
    what: "the whole table cleared",
    kind: "virtual server",
    repaired: "repaired 1 virtual server",
    do: (node) => node.host.ipvs.table.clear(),
  },
  {
    what: "another scheduler",
    kind: "virtual server",
    repaired: "repaired 1 virtual server",
    do: (node) => node.host.ipvs.edit("-E -t 10.96.0.1:80 -s wlc"),
  },
  {
    what: "a real server deleted",
    kind: "real server",
    repaired: "repaired 1 real server",
    do: (node) => node.host.ipvs.edit("-d -t 10.96.0.1:80 -r 10.244.1.1:8080"),
  },
  {
    what: "another weight",
    kind: "real server",
    repaired: "repaired 1 real server",
    do: (node) =>
      node.host.ipvs.edit("-e -t 10.96.0.1:80 -r 10.244.1.1:8080 -m -w 9"),
  },
  {
    what: "a set element deleted",
    kind: "set element",
    repaired: "repaired 1 set element",
    do: (node) => {
      node.host.ipset.run(
        ["restore", "-exist"],
        "del KUBE-VS4-CLUSTER-IPS 10.96.0.1,tcp:80\n",
      );
    },
  },
  {
    what: "the rules flushed",
    kind: "rule",
    repaired: "repaired 2 rule",
    do: (node) => {
      for (const tables of Object.values(node.host.iptables.tables)) {
        tables.clear();
      }
    },
  },
];

for (const damage of DAMAGES) {
  Deno.test(`idle-no-resync: the audit repairs and counts once: ${damage.what}`, async () => {
    const node = await servingNode();
    const dump = node.host.dump();
    damage.do(node);
    assert(node.host.dump() !== dump, "the damage shows");
    await node.advance(31_000);
    assertEquals(node.host.dump(), dump);
    assert(node.events.includes(damage.repaired), node.events.join("\n"));
    const before = node.events.length;
    await node.advance(60_000);
    assertEquals(node.events.length, before, "counted once");
    await node.stop();
  });
}

Deno.test("nm-networkd-device: an address that others take is back in under a second", async () => {
  const node = await servingNode();
  const dump = node.host.dump();
  node.host.ip.deleteAddress("kube-ipvs0", "10.96.0.1/32");
  await node.advance(900);
  assertEquals(node.host.dump(), dump);
  assertEquals(node.agent.snapshot().repairs.get("address"), 1);
  await node.stop();
});

Deno.test("a device that others delete is back in under a second", async () => {
  const node = await servingNode();
  node.host.ip.devices.delete("kube-ipvs0");
  node.host.ip.onChange([
    "Deleted 3: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN",
  ]);
  await node.advance(900);
  assert(node.host.dump().includes("link add kube-ipvs0 type dummy"));
  assert(node.host.dump().includes("address add 10.96.0.1/32"));
  assertEquals(node.agent.snapshot().repairs.get("device"), 1);
  await node.stop();
});

Deno.test("our own changes of addresses cause no look at the device", async () => {
  const node = await servingNode();
  node.put("two", { ip: "10.96.0.2" });
  node.endpoints("two", ["10.244.1.2"]);
  await node.advance(1_000);
  const calls = node.takeCalls();
  assertEquals(calls.length, 3, calls.join("\n"));
  await node.stop();
});

Deno.test("flushed rules are back in under a second when they are looked at so often", async () => {
  const node = new TestNode({ timing: { rulesMs: 800 } });
  node.start();
  node.sync();
  await node.advance(0);
  const dump = node.host.dump();
  for (const tables of Object.values(node.host.iptables.tables)) tables.clear();
  await node.advance(900);
  assertEquals(node.host.dump(), dump);
  assertEquals(node.agent.snapshot().repairs.get("rule"), 2);
  await node.stop();
});
