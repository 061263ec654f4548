/**
 * A pod goes while it is in use, and no request fails.
 *
 * @module
 */

import type { Connection } from "../../../lab/guest/mod.ts";
import { DB_DIAL } from "../dials.ts";
import type { Scene } from "../scene.ts";
import { realServers, showServers, waitForServers } from "../servers.ts";
import { formatCounts, formatMs, total } from "../../text.ts";

const WARM_UP_MS = 500;
const GRACE_MS = 1_500;
const SETTLE_MS = 500;
const TRIES = 12;

/** Deletes as Kubernetes does: terminating first, gone after the grace. */
export async function deletePodUnderLoad(scene: Scene): Promise<void> {
  const { cluster, narrator, db, nodes, web } = scene;
  const leaving = db.ready.at(-1) ?? "";
  const kept = await connectTo(scene, leaving);
  const stop = await cluster.load(web, { ...DB_DIAL, concurrency: 4 });
  await pause(WARM_UP_MS);
  const startMs = performance.now();
  await db.beginEnd(leaving);
  const staying = db.ready;
  await Promise.all(
    nodes.map((node) => waitForServers(scene, node, staying)),
  );
  const quietMs = performance.now() - startMs;
  const stopLate = await cluster.load(web, { ...DB_DIAL, concurrency: 2 });
  await showServers(scene, "node-1");
  const servers = await realServers(scene, "node-1") ?? [];
  const asked = await kept.ask();
  narrator.prove(
    `a connection that ${leaving} had before goes on`,
    `${asked.answeredBy ?? asked.failure}, with ${servers.length} real servers`,
    asked.answeredBy === leaving,
  );
  await pause(GRACE_MS);
  const late = await stopLate();
  const misled = late.answered[leaving] ?? 0;
  narrator.prove(
    `${leaving} is terminating and gets no new connections`,
    `${misled} of ${late.total}, from ${formatMs(quietMs)} after the slice on`,
    late.total > 0 && misled === 0,
  );
  await kept.close();
  await db.end(leaving);
  await pause(SETTLE_MS);
  const { total: dials, answered, failures, slowestMs } = await stop();
  narrator.say(
    `${dials} requests meanwhile, answered by ${formatCounts(answered)}; ` +
      `slowest ${formatMs(slowestMs)}`,
  );
  narrator.prove(
    `no request failed while ${leaving} went`,
    `${total(failures)} of ${dials} failed`,
    dials > 0 && total(failures) === 0 && total(answered) === dials,
  );
}

/** A connection that a certain pod answers. */
async function connectTo(scene: Scene, pod: string): Promise<Connection> {
  for (let tries = 0; tries < TRIES; tries++) {
    const made = await scene.cluster.connect(scene.web, DB_DIAL);
    if (made.first.answeredBy === pod) return made;
    await made.close();
  }
  throw new Error(`Cannot connect to ${pod}: others answered ${TRIES} times`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
