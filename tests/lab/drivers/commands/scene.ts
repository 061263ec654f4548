/**
 * One node with an agent, another without, an API server, some Services in
 * several states, and a way to run commands on the node.
 *
 * @module
 */

import {
  Api,
  Cluster,
  type Driver,
  nodeObject,
  type Output,
  type Pod,
  serviceObject,
  sliceObject,
} from "../../guest/mod.ts";

/** What every part has in hand. */
export interface Scene {
  /** Tells the host. */
  readonly driver: Driver;
  /** The cluster. */
  readonly cluster: Cluster;
  /** Its API server. */
  readonly api: Api;
  /** A client on node-1. */
  readonly client: Pod;
  /** Servers of Service web: on node-1 and on node-2. */
  readonly servers: readonly [Pod, Pod];
}

/** The node whose agent is asked. */
export const NODE = "node-1";
/** Cluster IP of Service web. */
export const WEB = "10.96.0.80";

/** A program's start is slow beside other work. */
const START_LIMIT_MS = 120_000;

/** Builds everything and waits until the agent is ready. */
export async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  for (const name of [NODE, "node-2"]) await cluster.addNode(name);
  const client = await cluster.addPod(NODE, "client", { host: 10 });
  const servers = [
    await cluster.addPod(NODE, "web-1", { host: 11 }),
    await cluster.addPod("node-2", "web-2", { host: 12 }),
  ] as const;
  for (const pod of servers) await cluster.serve(pod, { port: 8080 });
  const api = await Api.start(cluster);
  for (const node of cluster.nodes.values()) await api.create(nodeObject(node));
  await publish(api, servers);
  const agent = cluster.startAgent(NODE, {
    program: "agent",
    parameters: [
      ...["run", "--kubeconfig", api.kubeconfig, "--hostname-override", NODE],
      ...["--cluster-cidr", "10.32.0.0/16,fd00:32::/32"],
      ...["--ipvs-sync-period", "1h"],
    ],
  });
  await agent.waitFor(/ready: /, START_LIMIT_MS);
  return { driver, cluster, api, client, servers };
}

/** Services that are served, refused, dropped, contested and rejected. */
async function publish(api: Api, servers: readonly Pod[]): Promise<void> {
  const ports = [{ port: 80, targetPort: 8080 }];
  const endpoints = servers.map(({ ipv4, node }) => ({
    address: ipv4,
    nodeName: node.name,
  }));
  const first = { clusterIP: WEB, externalIPs: ["203.0.113.7"] };
  await api.create(serviceObject("web", ports, first));
  await api.create(sliceObject("web", ports, endpoints));
  await api.create(serviceObject("empty", ports, { clusterIP: "10.96.0.81" }));
  await api.create(serviceObject("far", ports, {
    clusterIP: "10.96.0.82",
    internalTrafficPolicy: "Local",
  }));
  await api.create(sliceObject("far", ports, endpoints.slice(1)));
  // Times of creation are whole seconds; this one is to be the younger.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await api.create(serviceObject("young", ports, {
    clusterIP: "10.96.0.83",
    externalIPs: ["203.0.113.7"],
  }));
  const odd = serviceObject("odd", ports, { clusterIP: "10.96.0.84" });
  await api.create({
    ...odd,
    metadata: {
      ...odd["metadata"] as Record<string, unknown>,
      annotations: { "ipvs.kube-proxy.io/scheduler": "fastest" },
    },
  });
}

/** Runs kube-proxy on the node with the agent's permissions. */
export async function kubeProxy(
  { cluster }: Scene,
  args: readonly string[],
): Promise<Output> {
  const argv = cluster.programs.bundleCommand({
    program: "agent",
    parameters: args,
  });
  return await cluster.exec(cluster.node(NODE), argv, {
    env: { DENO_DIR: "/run/deno-command", NO_COLOR: "1" },
    timeoutMs: 60_000,
  });
}

/** Runs a command and hands what it printed to the host, under its name. */
export async function keep(
  scene: Scene,
  name: string,
  args: readonly string[],
): Promise<Output> {
  const output = await kubeProxy(scene, args);
  const { code, stdout, stderr } = output;
  scene.driver.data(name, {
    text: `$ kube-proxy ${
      args.join(" ")
    }\n${stdout}${stderr}exit code ${code}\n`,
  });
  return output;
}
