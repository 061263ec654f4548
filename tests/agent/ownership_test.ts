import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

async function servingNode(): Promise<TestNode> {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  return node;
}

Deno.test("foreign-vs-deleted: what others made is left alone throughout (I5)", async () => {
  const node = new TestNode();
  const foreign = [
    "-A -t 5.5.5.5:80 -s wlc",
    "-a -t 5.5.5.5:80 -r 6.6.6.6:80 -g -w 3",
    "-A -t 10.96.0.99:80 -s rr",
  ];
  node.host.ipvs.edit(...foreign);
  node.host.ip.addDevice("kube-ipvs0", "dummy", ["10.99.99.99/32"]);
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  node.sync();
  await node.advance(60_000);
  node.delete("web");
  await node.advance(60_000);
  assertEquals(
    node.ipvs(),
    "-A -t 5.5.5.5:80 -s wlc\n-a -t 5.5.5.5:80 -r 6.6.6.6:80 -g -w 3\n" +
      "-A -t 10.96.0.99:80 -s rr\n",
  );
  assert(node.host.dump().includes("address add 10.99.99.99/32"));
  assertEquals(node.agent.snapshot().foreign.map(({ name }) => name).sort(), [
    "-t 10.96.0.99:80",
    "-t 5.5.5.5:80",
    "10.99.99.99",
  ]);
  await node.stop();
});

Deno.test("without a state file what equals the objects is adopted, with all in it", async () => {
  const node = await servingNode();
  const good = node.ipvs();
  node.host.ipvs.edit("-A -t 10.96.0.50:80 -s rr");
  node.host.ipvs.edit("-a -t 10.96.0.50:80 -r 10.244.8.8:8080 -m -w 1");
  node.host.ipvs.edit("-a -t 10.96.0.1:80 -r 10.244.7.7:8080 -m -w 1");
  await node.stop();
  node.directory.files.clear();
  await node.boot();
  await node.advance(62_000);
  assertEquals(
    node.ipvs(),
    good + "-A -t 10.96.0.50:80 -s rr\n" +
      "-a -t 10.96.0.50:80 -r 10.244.8.8:8080 -m -w 1\n",
  );
  const names = node.agent.snapshot().foreign.map(({ name }) => name);
  assertEquals(names, ["-t 10.96.0.50:80"]);
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(1_000);
  assert(!node.ipvs().includes("10.244.2.1"), "the adopted one is ours");
  await node.stop();
});

Deno.test("without a state file an element that stayed behind shuts its door", async () => {
  const node = await servingNode();
  await node.stop();
  node.directory.files.clear();
  const stale = "KUBE-VS4-SOURCE-RANGES 10.96.0.1,tcp:80,10.6.0.0/16";
  node.host.ipset.edit(`add ${stale}`);
  await node.boot();
  await node.advance(31_000);
  assert(!node.host.dump().includes(stale), node.host.dump());
  await node.stop();
});

Deno.test("a state file of another version is told of and not used", async () => {
  const node = await servingNode();
  await node.stop();
  node.directory.files.set("state", "kube-proxy-state 99\n+v -t 1.1.1.1:1\n");
  const before = node.ipvs();
  await node.boot();
  assertEquals(node.ipvs(), before);
  assert(node.warnings[0]?.startsWith("Cannot use the state file"));
  await node.stop();
});

Deno.test("stale-own-state: a torn last line of the state file is no harm", async () => {
  const node = await servingNode();
  await node.stop();
  const text = node.directory.files.get("state") ?? "";
  node.directory.files.set("state", text + "+v -t 10.96.0.9");
  const before = node.host.dump();
  await node.boot();
  await node.advance(31_000);
  assertEquals(node.host.dump(), before);
  assertEquals(node.warnings, []);
  await node.stop();
});

Deno.test("foreign-vs-deleted: a virtual server that others made in our place is reported and kept", async () => {
  const node = new TestNode();
  node.host.ipvs.edit("-A -t 10.96.0.1:80 -s wlc");
  node.host.ipvs.edit("-a -t 10.96.0.1:80 -r 9.9.9.9:80 -m -w 1");
  const before = node.ipvs();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  node.put("other", { ip: "10.96.0.2" });
  node.endpoints("other", ["10.244.1.2"]);
  node.sync();
  await node.advance(60_000);
  assert(node.ipvs().startsWith(before), node.ipvs());
  assert(node.ipvs().includes("10.96.0.2:80"));
  const inTheWay = node.agent.snapshot().foreign.filter((one) => one.inTheWay);
  assertEquals(inTheWay.map(({ name }) => name), ["-t 10.96.0.1:80"]);
  await node.stop();
});

Deno.test("two Services that claim one address: the older has it, the other takes over", async () => {
  const node = new TestNode();
  node.start();
  const external = { externalIps: ["203.0.113.1" as never] };
  node.put("young", { ip: "10.96.0.2", createdMs: 2, ...external });
  node.endpoints("young", ["10.244.1.2"]);
  node.put("old", { ip: "10.96.0.1", createdMs: 1, ...external });
  node.endpoints("old", ["10.244.1.1"]);
  node.sync();
  await node.advance(0);
  const shared = (): string =>
    /-a -t 203\.0\.113\.1:80 -r (\S+)/.exec(node.ipvs())?.[1] ?? "none";
  assertEquals(shared(), "10.244.1.1:8080");
  assertEquals(node.agent.snapshot().conflicts, [{
    frontend: "tcp/203.0.113.1:80" as never,
    winner: "default/old" as never,
    losers: ["default/young" as never],
  }]);
  node.delete("old");
  await node.advance(1_000);
  assertEquals(shared(), "10.244.1.2:8080");
  assertEquals(node.agent.snapshot().conflicts, []);
  assert(!node.ipvs().includes("10.244.1.1"));
  await node.stop();
});

Deno.test("a conflict is told once, and again only when it is another one", async () => {
  const node = new TestNode();
  node.start();
  const external = { externalIps: ["203.0.113.1" as never] };
  const told = (): string[] =>
    node.events.splice(0).filter((event) => event.startsWith("conflict"));
  for (const [name, createdMs] of [["old", 1], ["young", 2]] as const) {
    node.put(name, { ip: `10.96.0.${createdMs}`, createdMs, ...external });
    node.endpoints(name, [`10.244.1.${createdMs}`]);
  }
  node.sync();
  await node.advance(0);
  const first = "conflict tcp/203.0.113.1:80: default/old before default/young";
  assertEquals(told(), [first]);
  for (const last of [7, 8, 9]) {
    node.endpoints("old", [`10.244.1.${last}`]);
    node.endpoints("young", [`10.244.2.${last}`]);
    await node.advance(1_000);
  }
  assertEquals(told(), []);
  node.put("third", { ip: "10.96.0.3", createdMs: 3, ...external });
  await node.advance(1_000);
  assertEquals(told(), [`${first},default/third`]);
  node.delete("third");
  await node.advance(1_000);
  assertEquals(told(), [first]);
  node.delete("old");
  await node.advance(1_000);
  node.put("old", { ip: "10.96.0.1", createdMs: 1, ...external });
  await node.advance(1_000);
  assertEquals(told(), [first]);
  await node.stop();
});

const TAKEN: Readonly<Record<string, (node: TestNode) => void>> = {
  "with a batch that was refused in part": (node) => {
    node.host.ipvs.schedulers.delete("sed");
    const wishes = { leaveAlone: new Set<never>(), scheduler: "sed" as const };
    node.put("bad", { ip: "10.96.0.7", wishes });
    node.endpoints("bad", ["10.244.7.7"]);
  },
  "by others": (node) => node.host.ipvs.edit("-D -t 10.96.0.1:80"),
};

for (const [how, take] of Object.entries(TAKEN)) {
  Deno.test(`foreign-vs-deleted: what went ${how} is off our record, and another's under its name is left alone (I5)`, async () => {
    const node = await servingNode();
    take(node);
    node.delete("web");
    await node.advance(40_000);
    assert(!node.ipvs().includes("10.96.0.1:80"), node.ipvs());
    node.host.ipvs.edit("-A -t 10.96.0.1:80 -s wlc");
    node.host.ipvs.edit("-a -t 10.96.0.1:80 -r 6.6.6.6:80 -g -w 3");
    await node.advance(70_000);
    assert(node.ipvs().includes("-A -t 10.96.0.1:80 -s wlc"), node.ipvs());
    assert(node.ipvs().includes("-r 6.6.6.6:80 -g -w 3"), node.ipvs());
    await node.stop();
  });
}
