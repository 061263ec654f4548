/**
 * The Service comes; every node's kernel follows; everyone reaches it.
 *
 * @module
 */

import type { Place } from "../../../lab/guest/mod.ts";
import { DB_DIAL, describe, dialUntilAnswered } from "../dials.ts";
import { DB, DB_PORT, type Scene } from "../scene.ts";
import { formatMs } from "../../text.ts";
import { showServers, waitForServers } from "../servers.ts";

const SOON_MS = 5_000;

/** Created through the API; time runs until both kernels have it. */
export async function createService(scene: Scene): Promise<void> {
  const { narrator, db, web, nodes } = scene;
  narrator.say(`POST Service ${DB.name} with clusterIP ${DB.clusterIp}`);
  const startMs = performance.now();
  await db.publish();
  const answers = dialUntilAnswered(scene, web, SOON_MS).then((result) => ({
    result,
    ms: performance.now() - startMs,
  }));
  const times = await Promise.all(nodes.map(async (node) => {
    await waitForServers(scene, node, db.ready, SOON_MS);
    return performance.now() - startMs;
  }));
  const seen = nodes.map((node, index) =>
    `${node} after ${formatMs(times[index] ?? 0)}`
  );
  narrator.prove(
    "every node's kernel has the Service within moments",
    seen.join(", "),
    times.every((ms) => ms < SOON_MS),
  );
  const { result, ms } = await answers;
  narrator.prove(
    `web reaches ${DB.clusterIp}:${DB_PORT}`,
    `${describe(result)}, ${formatMs(ms)} after its creation`,
    result.answeredBy !== undefined && db.ready.includes(result.answeredBy),
  );
  for (const node of nodes) await showServers(scene, node);
}

/** Not only `web`: the other node, and processes that are in no pod. */
export async function reachFromEverywhere(scene: Scene): Promise<void> {
  const { cluster, narrator, db } = scene;
  const cache = await cluster.addPod("node-2", "cache");
  const one = cluster.node("node-1");
  const two = cluster.node("node-2");
  const from: readonly (readonly [string, Place])[] = [
    ["a pod on the same bridge as db", cache],
    ["a process of node-1 itself", one],
    ["a process of node-2 itself", two],
    ["db itself, by its own Service,", podOf(scene, db.ready[0] ?? "")],
  ];
  for (const [who, place] of from) {
    const result = await cluster.dial(place, DB_DIAL);
    narrator.prove(
      `${who} reaches ${DB.clusterIp}`,
      describe(result),
      result.answeredBy !== undefined && db.ready.includes(result.answeredBy),
    );
  }
}

function podOf({ cluster }: Scene, name: string): Place {
  const pod = cluster.pods.get(name);
  if (pod === undefined) throw new Error(`Cannot find pod ${name}`);
  return pod;
}
