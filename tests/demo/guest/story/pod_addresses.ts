/**
 * Why Services exist: a pod's address does not outlive the pod.
 *
 * @module
 */

import { describe } from "../dials.ts";
import { DB_PORT, type Scene } from "../scene.ts";

const FIRST_HOST = 15;
const NEXT_HOST = 16;
const TIMEOUT_MS = 1_000;

/** `web` reaches `db` by its pod's address. */
export async function reachByPodAddress(scene: Scene): Promise<void> {
  const { cluster, narrator, db, web } = scene;
  const pod = await db.start("node-2", { host: FIRST_HOST });
  narrator.say(`pod ${pod.name} runs on node-2 at ${pod.ipv4}`);
  const target = { address: pod.ipv4, port: DB_PORT, timeoutMs: TIMEOUT_MS };
  const result = await cluster.dial(web, target);
  narrator.prove(
    `web reaches ${pod.name} by its pod IP ${pod.ipv4}`,
    describe(result),
    result.answeredBy === pod.name,
  );
}

/** The pod is replaced; what `web` knew is worth nothing. */
export async function replacePod(scene: Scene): Promise<void> {
  const { cluster, narrator, db, web } = scene;
  const [old = ""] = db.ready;
  const oldAddress = cluster.pods.get(old)?.ipv4 ?? "";
  await db.end(old);
  const pod = await db.start("node-2", { host: NEXT_HOST });
  narrator.say(`${old} is replaced by ${pod.name}, which has ${pod.ipv4}`);
  const target = { port: DB_PORT, timeoutMs: TIMEOUT_MS };
  const atOld = await cluster.dial(web, { ...target, address: oldAddress });
  narrator.prove(
    `the old pod IP ${oldAddress} is of no use any more`,
    describe(atOld),
    atOld.failure !== undefined,
  );
  const atNew = await cluster.dial(web, { ...target, address: pod.ipv4 });
  narrator.prove(
    `the new pod IP ${pod.ipv4} works, if only web knew it`,
    describe(atNew),
    atNew.answeredBy === pod.name,
  );
}
