/**
 * Two nodes with an agent each, an API server, pods, and what belongs to
 * somebody else.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  Api,
  Cluster,
  type DialOptions,
  type DialResult,
  type Driver,
  eventually,
  nodeObject,
  type ObservedNode,
  type Place,
  type Pod,
} from "../../guest/mod.ts";

/** What every part of the story has in hand. */
export interface Scene {
  /** Tells the host. */
  readonly driver: Driver;
  /** The cluster. */
  readonly cluster: Cluster;
  /** Its API server. */
  readonly api: Api;
  /** A client pod on node-1. */
  readonly web: Pod;
  /** A client pod on node-2. */
  readonly job: Pod;
  /** Servers: the first two on node-2, the third on node-1. */
  readonly db: readonly [Pod, Pod, Pod];
  /** Both nodes, agents running, before any Service of the tests. */
  readonly before: ReadonlyMap<string, ObservedNode>;
}

/** Names of the nodes. */
export const NODES = ["node-1", "node-2"] as const;

/** Seconds between two audits of the agents in these tests. */
const SYNC_SECONDS = 5;

/** A program's start is mostly its own loading, slow beside other work. */
const START_LIMIT_MS = 120_000;

/** Builds everything and waits until the agents have programmed the start. */
export async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  for (const name of NODES) await cluster.addNode(name);
  const web = await cluster.addPod("node-1", "web");
  const job = await cluster.addPod("node-2", "job");
  const db = [
    await cluster.addPod("node-2", "db-1", { host: 15 }),
    await cluster.addPod("node-2", "db-2"),
    await cluster.addPod("node-1", "db-3"),
  ] as const;
  for (const pod of db) {
    for (const protocol of ["tcp", "udp"] as const) {
      await cluster.serve(pod, { protocol, port: 8080 });
    }
  }
  for (const name of NODES) await makeForeign(cluster, name);
  const api = await Api.start(cluster);
  for (const node of cluster.nodes.values()) await api.create(nodeObject(node));
  for (const name of NODES) startAgent(cluster, api, name);
  const startMs = performance.now();
  for (const name of NODES) {
    await cluster.programs.get(name).waitFor(/ready: /, START_LIMIT_MS);
    assertIncludes(await cluster.ipvs(name), "-A -t 10.96.0.1:443");
  }
  const ms = Math.round(performance.now() - startMs);
  driver.say(`both agents started and programmed the first Service: ${ms} ms`);
  const before = new Map<string, ObservedNode>();
  for (const name of NODES) before.set(name, await cluster.observe(name));
  return { driver, cluster, api, web, job, db, before };
}

/** Starts a node's agent as a node would. */
export function startAgent(
  cluster: Cluster,
  api: Api,
  name: string,
  env: Readonly<Record<string, string>> = {},
): void {
  cluster.startAgent(name, {
    program: "agent",
    parameters: [
      "run",
      "--kubeconfig",
      api.kubeconfig,
      "--hostname-override",
      name,
      "--cluster-cidr",
      "10.32.0.0/16,fd00:32::/32",
      "--ipvs-sync-period",
      `${SYNC_SECONDS}s`,
    ],
    env,
  });
}

/** One virtual server, set, chain, rule and address that nobody may touch. */
async function makeForeign(cluster: Cluster, name: string): Promise<void> {
  const script = `set -e
modprobe -a ip_vs ip_vs_rr dummy
ip link add kube-ipvs0 type dummy
ip addr add 10.96.200.1/32 dev kube-ipvs0
ip addr add 10.99.0.1/32 dev lo
printf '%s\\n' '-A -t 10.96.200.1:80 -s rr' \\
  '-a -t 10.96.200.1:80 -r 10.32.99.1:80 -m' '-A -u 192.168.9.9:9 -s rr' |
  ipvsadm -R
printf '%s\\n' 'create FOREIGN hash:ip' 'add FOREIGN 10.1.2.3' \\
  'create KUBE-VS4-FOREIGN hash:ip' 'add KUBE-VS4-FOREIGN 10.1.2.4' |
  ipset restore
iptables-restore --noflush <<END
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-VS-FOREIGN - [0:0]
-A INPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL -s 10.66.0.0/16 -j DROP
-A KUBE-VS-FOREIGN -m set --match-set FOREIGN src -j DROP
COMMIT
*nat
-A POSTROUTING -s 10.77.0.0/16 -j MASQUERADE
COMMIT
END`;
  const { code, stderr } = await cluster.exec(
    cluster.node(name),
    ["sh", "-c", script],
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
}

/** What `makeForeign` made, as the tools print it. */
const FOREIGN: readonly (readonly [keyof ObservedNode, string])[] = [
  ["ipvs", "-A -t 10.96.200.1:80 -s rr"],
  ["ipvs", "-a -t 10.96.200.1:80 -r 10.32.99.1:80 -m -w 1"],
  ["ipvs", "-A -u 192.168.9.9:9 -s rr"],
  ["sets", "add FOREIGN 10.1.2.3"],
  ["sets", "add KUBE-VS4-FOREIGN 10.1.2.4"],
  ["rules4", "-A INPUT -j KUBE-FIREWALL"],
  ["rules4", "-A KUBE-FIREWALL -s 10.66.0.0/16 -j DROP"],
  ["rules4", "-A KUBE-VS-FOREIGN -m set --match-set FOREIGN src -j DROP"],
  ["rules4", "-A POSTROUTING -s 10.77.0.0/16 -j MASQUERADE"],
  ["addresses", "inet 10.96.200.1/32 scope global kube-ipvs0"],
  ["addresses", "inet 10.99.0.1/32 scope global lo"],
];

/** Fails unless all that is foreign is as it was made. */
export async function checkForeign({ cluster }: Scene): Promise<void> {
  for (const name of NODES) {
    const observed = await cluster.observe(name);
    for (const [part, line] of FOREIGN) assertIncludes(observed[part], line);
  }
}

/** Fails, showing the text, unless it has the part. */
export function assertIncludes(text: string, part: string): void {
  if (!text.includes(part)) {
    throw new Error(`Cannot find "${part}" in:\n${text}`);
  }
}

/** Dials until it is answered; gives how long that took, in ms. */
export function firstAnswer(
  { cluster }: Scene,
  from: Place,
  to: DialOptions,
): Promise<number> {
  return eventually(async () => {
    const result = await cluster.dial(from, { timeoutMs: 100, ...to });
    if (result.answeredBy === undefined) throw new Error(describe(result));
  }, { timeoutMs: 20_000, pauseMs: 5 });
}

/** Fails unless one of these answered. */
export function answered(result: DialResult, ...by: readonly Place[]): void {
  const names = by.map(({ name }) => name);
  if (result.answeredBy === undefined || !names.includes(result.answeredBy)) {
    throw new Error(`Cannot get an answer of ${names}: ${describe(result)}`);
  }
}

/** A dial's outcome in words. */
export function describe(result: DialResult): string {
  return JSON.stringify(result);
}
