/**
 * Three pods instead of one, on both nodes.
 *
 * @module
 */

import { dialMany } from "../dials.ts";
import type { Scene } from "../scene.ts";
import { showServers, waitForServers } from "../servers.ts";
import { countNames, formatCounts, formatMs, total } from "../../text.ts";

const DIALS = 60;
const REPLICAS = 3;

/** Scales up and shows who answers. */
export async function scaleUp(scene: Scene): Promise<void> {
  const { narrator, db, nodes, web } = scene;
  for (let started = db.ready.length; started < REPLICAS; started++) {
    const pod = await db.start(started % 2 === 1 ? "node-1" : "node-2");
    narrator.say(`${pod.name} runs on ${pod.node.name} at ${pod.ipv4}`);
  }
  const startMs = performance.now();
  await db.update();
  await Promise.all(nodes.map((node) => waitForServers(scene, node, db.ready)));
  const ms = performance.now() - startMs;
  narrator.prove(
    `every node sends to all ${REPLICAS} pods`,
    `${formatMs(ms)} after their EndpointSlice was sent`,
    db.ready.length === REPLICAS,
  );
  await showServers(scene, "node-1");
  const counts = countNames(await dialMany(scene, web, DIALS));
  const even = total(counts) === DIALS &&
    db.ready.every((pod) =>
      Math.abs((counts[pod] ?? 0) - DIALS / REPLICAS) <= 1
    );
  narrator.prove(
    `${DIALS} connections of web are spread evenly over the pods`,
    formatCounts(counts),
    even,
  );
}
