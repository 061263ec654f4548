/**
 * A node with things of others, and what kube-proxy's ipvs mode leaves there.
 *
 * @module
 */

import {
  Api,
  CIDR_FLAGS,
  Cluster,
  type ClusterNode,
  type Driver,
  nodeObject,
  type ObservedNode,
  type Output,
  publish,
} from "../../guest/mod.ts";

/** What the steps work with. */
export interface Scene {
  /** The cluster. */
  readonly cluster: Cluster;
  /** Its API server. */
  readonly api: Api;
  /** Its only node. */
  readonly node: ClusterNode;
  /** What the host gave. */
  readonly parameters: Readonly<Record<string, string>>;
}

const NODE = "node-1";
const START_LIMIT_MS = 120_000;

/** Rules of the kubelet and of a user, in every table that is used. */
const RULES = `*mangle
:KUBE-IPTABLES-HINT - [0:0]
:KUBE-KUBELET-CANARY - [0:0]
COMMIT
*nat
:MINE - [0:0]
-A OUTPUT -d 192.0.2.99/32 -p tcp -j MINE
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:MINE - [0:0]
-A INPUT -j KUBE-FIREWALL
-A INPUT -p udp -m udp --dport 9 -j MINE
-A MINE -j DROP
COMMIT
`;

const OTHERS = `set -e
ipset create KUBE-MINE hash:ip family inet
ipset add KUBE-MINE 192.0.2.7
ipvsadm -A -t 192.0.2.80:80 -s wlc
ipvsadm -a -t 192.0.2.80:80 -r 192.0.2.81:80 -g -w 3
ipvsadm -A -f 7 -s rr
ip link add mine0 type dummy
ip addr add 192.0.2.80/32 dev mine0
ip route add local 192.0.2.128/25 dev lo proto 42
iptables-legacy-restore --noflush`;

/** Puts things of others on a node. */
export async function loadOthers(
  cluster: Cluster,
  node: ClusterNode,
): Promise<void> {
  await shell(cluster, node, OTHERS, RULES);
  await shell(
    cluster,
    node,
    "ip6tables-legacy-restore --noflush",
    RULES.replace(/^-A OUTPUT.*\n/m, ""),
  );
}

/** Builds the cluster and puts things of others on its node. */
export async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  const node = await cluster.addNode(NODE);
  const pods = [
    await cluster.addPod(NODE, "db-1"),
    await cluster.addPod(NODE, "db-2"),
  ];
  await loadOthers(cluster, node);
  const api = await Api.start(cluster, CIDR_FLAGS);
  await api.create(nodeObject(node));
  await publish(api, {
    name: "web",
    number: 10,
    protocols: ["tcp", "udp", "sctp"],
    nodePort: 30_080,
    endpoints: pods,
    spec: { externalTrafficPolicy: "Local" },
  });
  await publish(api, { name: "empty", number: 11, endpoints: [] });
  return { cluster, api, node, parameters: driver.config.parameters };
}

/** Runs a script on the node. */
export async function shell(
  cluster: Cluster,
  node: ClusterNode,
  script: string,
  stdin?: string,
): Promise<string> {
  const { code, stdout, stderr } = await cluster.exec(
    node,
    ["sh", "-c", script],
    { ...(stdin === undefined ? {} : { stdin }), timeoutMs: 120_000 },
  );
  if (code === 0) return stdout;
  throw new Error(`Cannot run "${script}": ${stderr}`);
}

/** Runs the program on the node with the permissions that it ships with. */
export async function kubeProxy(
  { cluster, node }: Scene,
  ...parameters: readonly string[]
): Promise<Output> {
  const argv = cluster.programs.bundleCommand({
    program: "agent",
    parameters: parameters,
  });
  return await cluster.exec(node, argv, {
    env: { DENO_DIR: "/run/deno-command" },
    timeoutMs: 60_000,
  });
}

/** Starts the agent and waits until it serves. */
export async function startAgent({ cluster, api }: Scene): Promise<void> {
  cluster.startAgent(NODE, {
    program: "agent",
    parameters: [
      ...["run", "--kubeconfig", api.kubeconfig, "--hostname-override", NODE],
      ...["--cluster-cidr", "10.32.0.0/16,fd00:32::/32"],
    ],
  });
  await cluster.programs.get(NODE).waitFor(/ready: /, START_LIMIT_MS);
}

/** Puts on the node what kube-proxy's ipvs mode was recorded to leave. */
export async function loadKubeProxy(scene: Scene): Promise<void> {
  const { cluster, node, parameters } = scene;
  const { nat = "", filter = "", sets = "", servers = "" } = parameters;
  await shell(cluster, node, "ipset restore", sets);
  await shell(cluster, node, "iptables-legacy-restore --noflush", nat + filter);
  await shell(cluster, node, "ipvsadm --restore", servers);
  const addresses = [...servers.matchAll(/^-A -t ([\d.]+):/gm)]
    .map(([, address]) => `addr add ${address}/32 dev kube-ipvs0\n`);
  await shell(
    cluster,
    node,
    "ip -batch -",
    `link add kube-ipvs0 type dummy\n${addresses.join("")}`,
  );
}

/** The node's state. */
export function observeNode({ cluster, node }: Scene): Promise<ObservedNode> {
  return cluster.observe(node.name);
}
