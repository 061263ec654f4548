/**
 * What a node's kernel has for the Service: waited for, and shown.
 *
 * @module
 */

import { eventually } from "../../lab/guest/mod.ts";
import { DB, DB_PORT, type Scene, virtualServers } from "./scene.ts";
import type { ListedRealServer } from "./virtual_servers.ts";

/** The Service's virtual server in the kernel's list. */
export const DB_KEY = `TCP ${DB.clusterIp}:${DB_PORT}`;

/** The Service's real servers on a node; undefined: no virtual server. */
export async function realServers(
  { cluster }: Pick<Scene, "cluster">,
  node: string,
): Promise<readonly ListedRealServer[] | undefined> {
  return (await virtualServers(cluster, node)).get(DB_KEY);
}

/**
 * Waits until a node sends new connections to these pods and no others.
 *
 * @throws {Error} when that takes too long
 */
export async function waitForServers(
  scene: Scene,
  node: string,
  pods: readonly string[],
  timeoutMs = 10_000,
): Promise<void> {
  const wanted = pods
    .map((pod) => `${scene.cluster.pods.get(pod)?.ipv4}:${DB_PORT}`)
    .sort()
    .join(" ");
  await eventually(async () => {
    const found = (await realServers(scene, node) ?? [])
      .filter(({ weight }) => weight > 0)
      .map(({ key }) => key)
      .sort()
      .join(" ");
    if (found === wanted) return;
    throw new Error(
      `Cannot find ${wanted} behind ${DB_KEY} on ${node}: it has ` +
        `${found || "none"}`,
    );
  }, { timeoutMs, pauseMs: 40 });
}

/** Shows the Service's virtual server on a node, by the node's own tool. */
export async function showServers(scene: Scene, node: string): Promise<string> {
  return await scene.narrator.show(
    scene.cluster.node(node),
    ["ipvsadm", "-Ln", "-t", `${DB.clusterIp}:${DB_PORT}`],
    { keep: (line) => !/^Prot |RemoteAddress/.test(line) },
  );
}
