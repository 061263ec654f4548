import { assert, assertEquals } from "@std/assert";
import { AgentRunsError } from "../../mod/agent/mod.ts";
import { TestNode } from "./harness.ts";

const WEB = "-A -t 10.96.0.1:80 -s rr\n" +
  "-a -t 10.96.0.1:80 -r 10.244.1.1:8080 -m -w 1\n" +
  "-a -t 10.96.0.1:80 -r 10.244.2.1:8080 -m -w 1\n";

async function servingNode(): Promise<TestNode> {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  assertEquals(node.warnings, []);
  assertEquals(node.ipvs(), WEB);
  node.takeCalls();
  return node;
}

Deno.test("stopping leaves the kernel as it is", async () => {
  const node = await servingNode();
  const dump = node.host.dump();
  await node.stop();
  assertEquals(node.host.dump(), dump);
  assertEquals(node.takeCalls(), []);
});

Deno.test("restart-not-hitless: a restart with equal objects changes nothing", async () => {
  const node = await servingNode();
  const dump = node.host.dump();
  await node.stop();
  await node.boot();
  await node.advance(60_000);
  assertEquals(node.host.dump(), dump);
  const changing = node.takeCalls().filter((call) =>
    /restore|batch|link add|conntrack/.test(call)
  );
  assertEquals(changing, []);
  await node.stop();
});

Deno.test("nothing is changed before every source has been listed (I3)", async () => {
  const node = await servingNode();
  const dump = node.host.dump();
  await node.stop();
  node.start();
  for (const source of ["Service", "Node", "ServiceCIDR"] as const) {
    node.agent.handle({ source, event: { kind: "synced" } });
  }
  await node.advance(600_000);
  assertEquals(node.host.dump(), dump);
  assertEquals(node.agent.snapshot().waitingFor, ["EndpointSlice"]);
  assert(!node.agent.snapshot().isReady);
  await node.stop();
});

Deno.test("stale-own-state: what went while the agent was away goes at start", async () => {
  const node = await servingNode();
  await node.stop();
  node.services.clear();
  node.slices.clear();
  await node.boot();
  assertEquals(node.ipvs(), "");
  await node.advance(10_000);
  assert(!node.host.dump().includes("10.96.0.1"), node.host.dump());
  await node.stop();
});

Deno.test("a second agent on the node refuses to start", async () => {
  const node = await servingNode();
  const other = new TestNode();
  Object.assign(other, { directory: node.directory, host: node.host });
  other.start();
  let refused: unknown;
  await other.stop().catch((error) => refused = error);
  assert(refused instanceof AgentRunsError, String(refused));
  await node.stop();
});

Deno.test("an endpoint that comes costs one process and one line", async () => {
  const node = await servingNode();
  node.endpoints("web", ["10.244.1.1", "10.244.2.1", "10.244.3.1"]);
  await node.advance(0);
  assertEquals(node.takeCalls(), [
    "ipvsadm --restore: -a -t 10.96.0.1:80 -r 10.244.3.1:8080 -m -w 1",
  ]);
  await node.stop();
});

Deno.test("an idle endpoint that goes costs three processes", async () => {
  const node = await servingNode();
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(0);
  assertEquals(node.takeCalls(), [
    "ipvsadm --restore: -e -t 10.96.0.1:80 -r 10.244.2.1:8080 -m -w 0",
    "ipvsadm -Ln --exact -t 10.96.0.1:80",
    "ipvsadm --restore: -d -t 10.96.0.1:80 -r 10.244.2.1:8080",
  ]);
  await node.stop();
});

Deno.test("slow-first-sync: rules, then sets, virtual servers, addresses", async () => {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  node.sync();
  await node.advance(0);
  const calls = node.takeCalls();
  const steps = [
    /^iptables-legacy-restore [^]*-j MASQUERADE/,
    /^ip6tables-legacy-restore [^]*-j MASQUERADE/,
    /^ipset restore [^]*add KUBE-VS4-FRONTENDS 10\.96\.0\.1,tcp:80/,
    /^ipvsadm --restore: /,
    /^ip [^]*10\.96\.0\.1\/32 dev kube-ipvs0/,
  ].map((step) => calls.findIndex((call) => step.test(call)));
  assert(!steps.includes(-1), `${steps}: ${calls.join("\n")}`);
  assertEquals(steps.toSorted((a, b) => a - b), steps);
  await node.stop();
});

Deno.test("a pass after a pass without news does nothing (I1)", async () => {
  const node = await servingNode();
  node.replay();
  await node.advance(0);
  assertEquals(node.takeCalls(), []);
  await node.stop();
});

Deno.test("idle-no-resync: without changes only the audit runs", async () => {
  const node = await servingNode();
  await node.advance(29_000);
  assertEquals(node.takeCalls(), []);
  await node.advance(2_000);
  const calls = node.takeCalls();
  assert(calls.length > 0);
  assertEquals(calls.filter((call) => call.includes("restore")), []);
  await node.stop();
});

Deno.test("service-delete-blackhole: the address stays while connections are reset", async () => {
  const node = await servingNode();
  node.delete("web");
  await node.advance(0);
  assertEquals(node.ipvs(), "");
  const dump = node.host.dump();
  assert(dump.includes("address add 10.96.0.1/32 dev kube-ipvs0"), dump);
  assert(dump.includes("add KUBE-VS4-ADDRESSES 10.96.0.1\n"), dump);
  assert(!dump.includes("10.96.0.1,tcp:80"), dump);
  await node.advance(5_100);
  assert(!node.host.dump().includes("10.96.0.1"), node.host.dump());
  assertEquals(node.agent.snapshot().counts.owned, 0);
  await node.stop();
});

Deno.test("a Service that comes back within seconds keeps its address", async () => {
  const node = await servingNode();
  node.delete("web");
  await node.advance(2_000);
  node.put("web");
  await node.advance(20_000);
  assertEquals(node.ipvs(), WEB);
  assert(node.host.dump().includes("address add 10.96.0.1/32"));
  assertEquals(node.agent.snapshot().counts.departures, 0);
  await node.stop();
});

Deno.test("udp-blackhole: stale UDP entries go with endpoint and Service", async () => {
  const node = new TestNode();
  node.start();
  node.put("dns", { ip: "10.96.0.10", port: 53, protocol: "udp" });
  node.endpoints("dns", ["10.244.1.1", "10.244.2.1"], 5353);
  node.sync();
  await node.advance(0);
  node.takeCalls();

  node.endpoints("dns", ["10.244.1.1"], 5353);
  await node.advance(1_000);
  assertEquals(node.takeCalls(), [
    "ipvsadm --restore: -d -u 10.96.0.10:53 -r 10.244.2.1:5353",
    "conntrack -R -: -D -p udp -d 10.96.0.10 --dport 53 -r 10.244.2.1 " +
    "--reply-port-src 5353",
  ]);

  node.endpoints("dns", [], 5353);
  await node.advance(1_000);
  const calls = node.takeCalls();
  assertEquals(
    calls.filter((call) => call.startsWith("conntrack")),
    ["conntrack -R -: -D -p udp -d 10.96.0.10 --dport 53"],
  );
  assert(calls[0]?.includes("add KUBE-VS4-REFUSE 10.96.0.10,udp:53"));
  assertEquals(node.ipvs(), "");
  await node.stop();
});

Deno.test("a restart deletes no tracked connections", async () => {
  const node = new TestNode();
  node.start();
  node.put("dns", { ip: "10.96.0.10", port: 53, protocol: "udp" });
  node.endpoints("dns", ["10.244.1.1"], 5353);
  node.sync();
  await node.advance(0);
  await node.stop();
  node.takeCalls();
  await node.boot();
  await node.advance(60_000);
  assertEquals(
    node.takeCalls().filter((call) => call.startsWith("conntrack")),
    [],
  );
  await node.stop();
});

Deno.test("changes that follow each other are spaced and merged", async () => {
  const node = await servingNode();
  await node.advance(1_000);
  node.endpoints("web", ["10.244.1.1", "10.244.2.1", "10.244.3.1"]);
  await node.advance(0);
  assertEquals(node.takeCalls().length, 1);
  for (const last of [4, 5, 6]) {
    node.endpoints("web", [
      "10.244.1.1",
      "10.244.2.1",
      "10.244.3.1",
      `10.244.3.${last}`,
    ]);
    await node.advance(10);
  }
  assertEquals(node.takeCalls(), []);
  await node.advance(200);
  assertEquals(node.takeCalls(), [
    "ipvsadm --restore: -a -t 10.96.0.1:80 -r 10.244.3.6:8080 -m -w 1",
  ]);
  await node.stop();
});

Deno.test("lateMs tells of a turn that does not end, and of nothing else", async () => {
  const node = await servingNode();
  await node.advance(600_000);
  assertEquals(node.agent.lateMs, 0);
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = node.host.run.bind(node.host);
  node.host.run = async (...call) => {
    await promise;
    return await run(...call);
  };
  node.put("other");
  await node.advance(700_000);
  assert(node.agent.lateMs > 600_000, `${node.agent.lateMs}`);
  resolve();
  await node.advance(0);
  assertEquals(node.agent.lateMs, 0);
  await node.stop();
});
