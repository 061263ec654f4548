import { assert, assertEquals } from "@std/assert";
import { TestNode } from "../../agent/harness.ts";
import { lacks } from "../../support/permission.ts";
import type { FakeHost } from "../../support/fake_host.ts";
import { loadKubeProxy, loadOthers } from "../cleanup/kube_proxy_host.ts";
import { step } from "./step.ts";

const ignore = lacks("migrate: the recording", { name: "read", path: "./" });
const VIP = "10.100.0.0";
const SERVER = `-t ${VIP}:80`;

/** The first recorded Service's endpoints, in another order. */
const ENDPOINTS = Array.from({ length: 10 }, (_, at) => `10.32.0.${9 - at}`);

/** A node that kube-proxy served, beside things of others. */
function oldNode(): TestNode {
  const node = new TestNode({ families: ["ipv4"] });
  loadOthers(node.host);
  loadKubeProxy(node.host);
  return node;
}

/** Starts an agent that serves one of the recorded Services, and another. */
async function startAgent(node: TestNode): Promise<void> {
  node.start();
  node.put("recorded", { ip: VIP });
  node.put("new", { ip: "10.96.0.200" });
  node.endpoints("recorded", ENDPOINTS);
  node.endpoints("new", ["10.32.0.1"]);
  node.sync();
  await node.advance(1_000);
}

/** From now on, what must hold after every command. */
function watch(host: FakeHost): string[] {
  const gaps: string[] = [];
  host.onCall = ({ argv }) => {
    const server = host.ipvs.table.get(SERVER);
    const address = host.ip.dump().includes(`address add ${VIP}/32`);
    const rules = JSON.stringify(
      [...host.iptables.tables["iptables-legacy"].get("nat") ?? []],
    );
    const isMasqueraded = / -j KUBE-(VS-)?SERVICES/.test(rules) &&
      / -j KUBE-(VS-)?POSTROUTING/.test(rules);
    const weights = [...server?.realServers.values() ?? []].filter((one) =>
      one.weight > 0
    );
    if (weights.length < 10 || !address || !isMasqueraded) {
      gaps.push(argv.join(" "));
    }
  };
  return gaps;
}

Deno.test("migrate: over and back, and never is there neither", {
  ignore,
}, async () => {
  const node = oldNode();
  const before = node.host.dump();
  const gaps = watch(node.host);

  const plan = await step(node, "plan", "healthy");
  assertEquals(plan.problems, []);
  assert(plan.next?.startsWith("stop kube-proxy"), plan.next);
  assert(
    plan.found.includes(
      "its sets name 41 virtual servers and 41 addresses that are there",
    ),
    plan.found.join("\n"),
  );
  assertEquals((await step(node, "apply", "healthy")).problems.length, 1);
  assertEquals(node.host.dump(), before, "so far nothing was changed");

  const taken = await step(node, "apply");
  assertEquals(taken.problems, []);
  assertEquals(node.host.dump(), before, "but for the record");

  await startAgent(node);
  const replaced = await step(node, "apply", "healthy");
  assertEquals(replaced.problems, []);
  const dump = node.host.dump();
  assert(
    !/KUBE-(SERVICES|CLUSTER-IP|IPVS-FILTER|MARK-MASQ)\b/.test(dump),
    dump,
  );
  assert(!dump.includes("10.100.0.1:80"), "what no Service has is gone");
  assert(dump.includes("203.0.113.9:80"), "what is of others is not");
  assert(dump.includes("KUBE-MINE"));
  assertEquals((await step(node, "apply", "healthy")).done, [
    "nothing of kube-proxy's is left",
  ]);

  const early = await step(node, "rollback", "healthy");
  assertEquals(early.problems, ["the agent runs"]);
  await node.stop();
  const soon = await step(node, "rollback");
  assertEquals(soon.problems, ["kube-proxy's rules are not in place yet"]);
  returnOfKubeProxy(node.host);
  const partly = await step(node, "rollback", "healthy");
  assert(partly.problems[0]?.includes("does not serve 1"), "10.96.0.200");
  node.host.ipset.edit("add KUBE-CLUSTER-IP 10.96.0.200,tcp:80");
  node.host.ipset.edit("add KUBE-IPVS-IPS 10.96.0.200");
  const back = await step(node, "rollback", "healthy");
  assertEquals(back.problems, []);
  assert(!node.host.dump().includes("KUBE-VS"), node.host.dump());
  assertEquals(node.host.ipvs.table.size, 41 + 1 + 2);
  assertEquals(gaps, []);
});

/** kube-proxy starts again: it makes what is missing. */
function returnOfKubeProxy(host: FakeHost): void {
  const { ipvs, ip } = host;
  const kept = { servers: new Map(ipvs.table) };
  const addresses = [...ip.devices.get("kube-ipvs0")?.addresses.keys() ?? []];
  const watched = host.onCall;
  host.onCall = () => {};
  ipvs.table.clear();
  ip.deleteDevice("kube-ipvs0");
  loadKubeProxy(host);
  for (const [key, server] of kept.servers) ipvs.table.set(key, server);
  for (const address of addresses) {
    if (!ip.devices.get("kube-ipvs0")?.addresses.has(address)) {
      ip.addAddress("kube-ipvs0", address);
    }
  }
  host.onCall = watched;
}

Deno.test("migrate: a table that differs is brought in place, not made anew", {
  ignore,
}, async () => {
  const node = oldNode();
  node.host.ipvs.edit(
    `-E ${SERVER} -s wlc -p 300`,
    `-d ${SERVER} -r 10.32.0.3:8080`,
    `-a ${SERVER} -r 10.32.9.9:8080 -m -w 1`,
  );
  await step(node, "apply");
  node.host.resetCounts();
  await startAgent(node);
  const lines = node.host.calls.filter(({ argv }) => argv[0] === "ipvsadm")
    .flatMap(({ stdin }) => stdin.split("\n"))
    .filter((line) => line.includes(SERVER));
  assertEquals(lines.filter((line) => /^-[ADC] /.test(line)), []);
  assert(lines.some((line) => line.startsWith(`-E ${SERVER} -s rr`)));
  const reals = node.host.ipvs.table.get(SERVER)?.realServers;
  assert(reals?.has("10.32.0.3:8080"));
  await node.stop();
});

Deno.test("migrate apply waits for an agent that serves", {
  ignore,
}, async () => {
  const node = oldNode();
  await step(node, "apply");
  await startAgent(node);
  const before = node.host.dump();
  const sick = await step(node, "apply", "unhealthy");
  assertEquals(sick.problems, ["the agent's health is unhealthy"]);
  assertEquals(node.host.dump(), before);
  node.host.iptables.edit(
    "iptables-legacy",
    '*filter\n-D INPUT -m comment --comment "kube-proxy ipvs" -j KUBE-VS-INPUT\nCOMMIT\n',
  );
  const bare = await step(node, "apply", "healthy");
  assertEquals(bare.problems, ["the agent's rules are not in place"]);
  await node.stop();
});

Deno.test("migrate apply does not take from an agent what it does not have", {
  ignore,
}, async () => {
  const node = oldNode();
  node.host.ipvs.edit(`-E ${SERVER} -s wlc`);
  await startAgent(node); // too early: nothing is on record
  const { problems } = await step(node, "apply", "healthy");
  assertEquals(problems.length, 1);
  assert(problems[0]?.includes("virtual servers that kube-proxy made"));
  assert(node.host.ipvs.table.has(SERVER));
  await node.stop();
});

Deno.test("migrate has nothing to do where nothing is", async () => {
  const node = new TestNode();
  for (const verb of ["plan", "apply"] as const) {
    const { problems, next } = await step(node, verb);
    assertEquals(problems, []);
    assert(next?.endsWith("start the agent"), next);
  }
  assertEquals((await step(node, "rollback")).done, [
    "nothing is on the agent's record",
  ]);
});
