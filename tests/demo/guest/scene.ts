/**
 * What the story plays on: nodes with agents, the API server, pods, DNS.
 *
 * @module
 */

import {
  Api,
  type ApiObject,
  Cluster,
  type Driver,
  eventually,
  nodeObject,
  type Place,
} from "../../lab/guest/mod.ts";
import { ClusterDns, DNS_SERVICE } from "./dns.ts";
import { Narrator } from "./narrator.ts";
import type { ServiceIdentity } from "./objects.ts";
import { parseVirtualServers } from "./virtual_servers.ts";
import { Workload } from "./workload.ts";

/** The Service of the story. */
export const DB: ServiceIdentity = {
  namespace: "default",
  name: "db",
  clusterIp: "10.96.0.12",
  ports: [{ name: "db", protocol: "tcp", port: 5432 }],
};

/** The port of the Service of the story. */
export const DB_PORT = 5432;

const CLUSTER_CIDR = "10.32.0.0/16";
const START_LIMIT_MS = 40_000;

/** What the steps of the story have in hand. */
export interface Scene {
  /** Runs the steps. */
  readonly driver: Driver;
  /** Nodes, pods, dials. */
  readonly cluster: Cluster;
  /** Tells the story. */
  readonly narrator: Narrator;
  /** Asks the API server. */
  readonly api: Api;
  /** Cluster DNS. */
  readonly dns: ClusterDns;
  /** The pods and the Service `db`. */
  readonly db: Workload;
  /** The pod `web`, on node 1. */
  readonly web: Place;
  /** Names of the nodes. */
  readonly nodes: readonly string[];
}

/** Makes the cluster; everything in it is ready when it returns. */
export async function setUp(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  const narrator = new Narrator(driver, cluster);
  narrator.progress(`kernel ${await kernelRelease()} runs, IPVS is its own`);
  const starting = Api.start(cluster);
  await cluster.addNode("node-1");
  await cluster.addNode("node-2", { podSubnet: 0 });
  const nodes = [...cluster.nodes.keys()];
  for (const { name, ipv4, podCidr4 } of cluster.nodes.values()) {
    narrator.progress(`${name} has ${ipv4}, its pods are in ${podCidr4}`);
  }
  const api = await starting;
  narrator.progress(`the API server answers at ${cluster.control.ipv4}`);
  for (const node of cluster.nodes.values()) {
    await api.create(readyNode(nodeObject(node)));
  }
  const agents = nodes.map((name) => startAgent(driver, cluster, api, name));
  const ready = Promise.all(agents.map(async (agent, index) => {
    await agent;
    narrator.progress(`the agent of ${nodes[index]} has set up its kernel`);
  }));
  const web = await cluster.addPod("node-1", "web");
  const dns = new ClusterDns(cluster, api);
  await dns.start("node-2");
  narrator.progress("pods web and kube-dns run");
  await ready;
  const scene = { driver, cluster, narrator, api, dns, web, nodes };
  await dnsAnswers(scene);
  narrator.progress(`web resolves names by ${DNS_SERVICE.clusterIp}`);
  return { ...scene, db: new Workload(DB, cluster, api) };
}

async function kernelRelease(): Promise<string> {
  return (await Deno.readTextFile("/proc/sys/kernel/osrelease")).trim();
}

function readyNode(node: ApiObject): ApiObject {
  const conditions = [{ type: "Ready", status: "True" }];
  const status = node["status"] as ApiObject;
  return { ...node, status: { ...status, conditions } };
}

/** An agent is the shipped bundle in a process of its own. */
async function startAgent(
  driver: Driver,
  cluster: Cluster,
  api: Api,
  name: string,
): Promise<void> {
  const running = cluster.startAgent(name, {
    program: "kube-proxy",
    permissions: driver.config.agentPermissions,
    parameters: [
      "run",
      `--kubeconfig=${api.kubeconfig}`,
      `--hostname-override=${name}`,
      `--cluster-cidr=${CLUSTER_CIDR}`,
    ],
  });
  const key = "TCP 10.96.0.1:443";
  const programmed = eventually(async () => {
    const servers = await virtualServers(cluster, name);
    if ((servers.get(key)?.length ?? 0) > 0) return;
    throw new Error(`Cannot find ${key} in the kernel of ${name}`);
  }, { timeoutMs: START_LIMIT_MS, pauseMs: 100 });
  const ended = running.status.then(({ code }) => {
    throw new Error(`Cannot go on: the agent of ${name} ended with ${code}`);
  });
  // Ends with the guest; after the start nobody waits for it.
  ended.catch(() => {});
  await Promise.race([programmed, ended]);
}

async function dnsAnswers(
  { cluster, web }: Pick<Scene, "cluster" | "web">,
): Promise<void> {
  const name = "kubernetes.default.svc.cluster.local";
  await eventually(async () => {
    const { addresses = [], failure } = await cluster.resolve(web, {
      address: DNS_SERVICE.clusterIp,
      port: 53,
      name,
      timeoutMs: 500,
    });
    if (addresses[0] === "10.96.0.1") return;
    throw new Error(`Cannot resolve ${name} from web: ${failure ?? "none"}`);
  });
}

/**
 * Beyond its first page the kernel's list leaves entries out when another
 * network namespace has virtual servers too: each read starts by a count of
 * its own namespace's, and goes on by a count of all.
 */
const WHOLE_BYTES = 3_500;

/** The virtual servers that the kernel of a node has now. */
export async function virtualServers(
  cluster: Cluster,
  node: string,
): Promise<ReturnType<typeof parseVirtualServers>> {
  const text = await cluster.readProc(cluster.node(node), "/proc/net/ip_vs");
  if (text.length > WHOLE_BYTES) {
    throw new Error(`/proc/net/ip_vs has ${text.length} bytes: not reliable`);
  }
  return parseVirtualServers(text);
}
