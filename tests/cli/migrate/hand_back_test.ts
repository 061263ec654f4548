/**
 * Over from kube-proxy's iptables mode, and back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { TestNode } from "../../agent/harness.ts";
import type { FakeHost } from "../../support/fake_host.ts";
import { OTHERS } from "../cleanup/kube_proxy_host.ts";
import { stateOf } from "../cleanup/served_node.ts";
import { step } from "./step.ts";

const PURE = { permissions: "none" } as const;
const VIP = "10.96.0.200";
const HASH = "NUKIZ6OKUXPJNT4C";

/** Chains and jumps with which iptables mode serves one frontend. */
const OLD_CHAINS = `*mangle
:KUBE-PROXY-CANARY - [0:0]
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SVC-${HASH} - [0:0]
:KUBE-SEP-${HASH} - [0:0]
-A KUBE-SERVICES -d ${VIP}/32 -p tcp -m comment --comment "default/new:p cluster IP" -m tcp --dport 80 -j KUBE-SVC-${HASH}
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-${HASH} ! -s 10.244.0.0/16 -d ${VIP}/32 -p tcp -m comment --comment "default/new:p cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-${HASH} -m comment --comment "default/new:p -> 10.244.0.1:8080" -j KUBE-SEP-${HASH}
-A KUBE-SEP-${HASH} -p tcp -m comment --comment "default/new:p" -m tcp -j DNAT --to-destination 10.244.0.1:8080
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE
-I PREROUTING 1 -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-I OUTPUT 1 -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-I POSTROUTING 1 -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
COMMIT
*filter
:KUBE-FORWARD - [0:0]
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-I FORWARD 1 -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
COMMIT
`;

function syncKubeProxy(host: FakeHost): void {
  host.iptables.edit("iptables-legacy", OLD_CHAINS);
}

function oldNode(): TestNode {
  const node = new TestNode({ families: ["ipv4"] });
  node.host.iptables.edit("iptables-legacy", OTHERS);
  node.host.ip.routesTo = "eth0";
  node.host.ip.source = "192.0.2.1";
  node.host.ip.addDevice("eth0", "ether", ["192.0.2.1/24"]);
  syncKubeProxy(node.host);
  return node;
}

async function startAgent(node: TestNode, ip = VIP): Promise<void> {
  node.start();
  node.put("new", { ip });
  node.endpoints("new", ["10.244.0.1"]);
  node.sync();
  await node.advance(1_000);
}

/** From now on, what must hold after every command. */
function watch(host: FakeHost): string[] {
  const gaps: string[] = [];
  host.onCall = ({ argv }) => {
    const nat = host.iptables.tables["iptables-legacy"].get("nat");
    const jumps = nat?.get("PREROUTING")?.rules ?? [];
    const isOld = jumps[0]?.endsWith("-j KUBE-SERVICES") ?? false;
    const server = host.ipvs.table.get(`-t ${VIP}:80`);
    const isOurs = (server?.realServers.size ?? 0) > 0 &&
      host.ip.dump().includes(`address add ${VIP}/32`) &&
      jumps.some((rule) => rule.endsWith("-j KUBE-VS-SERVICES"));
    if (!isOld && !isOurs) gaps.push(argv.join(" "));
  };
  return gaps;
}

Deno.test(
  "migrate: over from iptables mode and back, and never is there neither",
  PURE,
  async () => {
    const node = oldNode();
    const { host } = node;
    const before = stateOf(host);
    const gaps = watch(host);
    const plan = await step(node, "plan", "healthy");
    assertEquals(plan.found.slice(0, 2), [
      "what kube-proxy left is of iptables mode",
      "iptables-legacy translates for 1 frontends of iptables mode",
    ]);
    assert(plan.next?.startsWith("stop kube-proxy"), plan.next);
    const early = await step(node, "apply");
    assert(early.next?.startsWith("start the agent"), early.next);
    assertEquals(stateOf(host), before, "nothing to record, nothing changed");

    await startAgent(node);
    const over = await step(node, "apply", "healthy");
    assertEquals([over.problems, over.next], [[], undefined]);
    const dump = host.dump();
    assert(!/KUBE-(?!VS|IPTABLES-HINT|KUBELET-CANARY|FIREWALL)/.test(dump));
    await node.stop();

    const soon = await step(node, "rollback");
    assertEquals(soon.problems, ["kube-proxy's rules are not in place yet"]);
    syncKubeProxy(host);
    host.ipvs.connections = [
      `TCP 14:59  ESTABLISHED 10.244.0.9:4000 ${VIP}:80 10.244.0.1:8080\n`,
    ];
    const busy = await step(node, "rollback", "healthy");
    assert(busy.problems[0]?.startsWith("1 connections still"), "and waits");
    host.ipvs.connections = [
      `TCP 14:59  TIME_WAIT 10.244.0.9:4000 ${VIP}:80 10.244.0.1:8080\n`,
    ];
    const back = await step(node, "rollback", "healthy");
    assertEquals([back.problems, back.next], [[], undefined]);
    assertEquals(stateOf(host), before);
    assertEquals(gaps, []);
  },
);

Deno.test(
  "migrate apply keeps what serves a frontend that the agent does not",
  PURE,
  async () => {
    const node = oldNode();
    await startAgent(node, "10.96.0.201");
    const before = node.host.dump();
    const { problems } = await step(node, "apply", "healthy");
    assertEquals(problems.length, 1);
    assert(problems[0]?.includes(`tcp ${VIP}:80 of default/new:p`));
    assertEquals(node.host.dump(), before);
    const forced = await step(node, "apply", "healthy", { force: true });
    assertEquals(forced.problems, []);
    assert(!node.host.dump().includes("KUBE-SERVICES"));
    await node.stop();
  },
);

Deno.test(
  "migrate apply takes a frontend that is refused for one that is served",
  PURE,
  async () => {
    const node = oldNode();
    await startAgent(node);
    node.endpoints("new", []);
    await node.advance(1_000);
    assert(!node.host.ipvs.table.has(`-t ${VIP}:80`));
    assertEquals((await step(node, "apply", "healthy")).problems, []);
    await node.stop();
  },
);

Deno.test(
  "migrate rollback forgets flows of IPVS, and keeps addresses for the node's own",
  PURE,
  async () => {
    const node = oldNode();
    const { host } = node;
    const before = stateOf(host);
    await startAgent(node);
    await step(node, "apply", "healthy");
    await node.stop();
    syncKubeProxy(host);
    const flow = {
      ...{ protocol: "udp", address: VIP, port: 80, replyPort: 8080 } as const,
    };
    const real = { replySource: "10.244.0.1" };
    host.conntrack.flows = [
      { ...flow, ...real, source: "10.244.0.8", sourcePort: 4000 },
      { ...flow, ...real, source: "10.244.0.9", sourcePort: 4000 },
    ];
    host.ipvs.connections = [
      `UDP 01:59  UDP 10.244.0.9:4000 ${VIP}:80 10.244.0.1:8080\n`,
    ];
    host.conntrack.tcp = [
      `tcp      6 9 ESTABLISHED src=${VIP} dst=${VIP} sport=4000 dport=80 \n`,
    ];
    const { problems } = await step(node, "rollback", "healthy");
    assertEquals(
      host.conntrack.flows.map(({ source }) => source),
      ["10.244.0.8"],
      "that of iptables mode goes on",
    );
    assert(problems[0]?.startsWith("1 connections of this node"), "it waits");
    assertEquals([...host.ip.routes], [[`${VIP}/32`, "192.0.2.1"]]);
    assert(!host.dump().includes("KUBE-VS"), "all else is gone");
    host.conntrack.tcp = [];
    host.conntrack.flows = [];
    assertEquals((await step(node, "rollback", "healthy")).problems, []);
    assertEquals(stateOf(host), before);
  },
);

Deno.test("migrate tells of nftables mode, and leaves it", PURE, async () => {
  const node = new TestNode();
  node.host.nftTables = ["ip kube-proxy", "ip6 kube-proxy", "inet mine"];
  const { found } = await step(node, "plan");
  assertEquals(
    found.filter((text) => text.includes("nftables mode")).length,
    2,
  );
});
