/**
 * Nobody waits on the Service's address: the kernel alone answers for it.
 *
 * @module
 */

import { DB, DB_PORT, type Scene } from "../scene.ts";
import { couldAnswer, parseSockets } from "../sockets.ts";

/** Looks on both nodes, and in every pod. */
export async function showNoProcess(scene: Scene): Promise<void> {
  const { cluster, narrator, db } = scene;
  const target = { address: DB.clusterIp, port: DB_PORT };
  const argv = ["ss", "-lntu"];
  const owners: string[] = [];
  for (const node of cluster.nodes.values()) {
    const sockets = parseSockets(await narrator.show(node, argv));
    if (couldAnswer(sockets, target).length > 0) owners.push(node.name);
  }
  narrator.prove(
    `no process of a node listens on ${DB.clusterIp} or on port ${DB_PORT}`,
    `ss -lntu of ${cluster.nodes.size} nodes`,
    owners.length === 0,
  );
  const withPort: string[] = [];
  for (const pod of cluster.pods.values()) {
    const { stdout } = await cluster.exec(pod, argv);
    const sockets = parseSockets(stdout);
    const isBound = sockets.some(({ address }) => address === DB.clusterIp);
    if (isBound) owners.push(pod.name);
    if (couldAnswer(sockets, target).length > 0) withPort.push(pod.name);
  }
  narrator.prove(
    `no pod listens on ${DB.clusterIp}; port ${DB_PORT} is open in db alone`,
    `ss -lntu of ${cluster.pods.size} pods: open in ${withPort.join(", ")}`,
    owners.length === 0 && withPort.join() === db.ready.join(),
  );
}
