/**
 * Dials of the Service, as the steps of the story need them.
 *
 * @module
 */

import type { DialOptions, DialResult, Place } from "../../lab/guest/mod.ts";
import { DB, DB_PORT, type Scene } from "./scene.ts";
import { formatMs } from "../text.ts";

/** What a dial of the Service goes to. */
export const DB_DIAL: DialOptions = { address: DB.clusterIp, port: DB_PORT };

/** How a dial went, in words. */
export function describe(result: DialResult): string {
  const { answeredBy, sourceSeen = "", failure, ms } = result;
  if (answeredBy === undefined) return `${failure} after ${formatMs(ms)}`;
  const source = sourceSeen.replace(/:\d+$/, "");
  return `${answeredBy} answers in ${formatMs(ms)} and sees ${source}`;
}

/** Dials the Service until it answers or the time is over. */
export async function dialUntilAnswered(
  { cluster }: Pick<Scene, "cluster">,
  from: Place,
  limitMs = 10_000,
): Promise<DialResult> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const result = await cluster.dial(from, { ...DB_DIAL, timeoutMs: 250 });
    if (result.answeredBy !== undefined) return result;
    if (performance.now() > endMs) return result;
  }
}

/** Dials so often; gives the names that answered, or how it failed. */
export async function dialMany(
  { cluster }: Pick<Scene, "cluster">,
  from: Place,
  count: number,
): Promise<readonly string[]> {
  const results = await Promise.all(
    Array.from({ length: count }, () => cluster.dial(from, DB_DIAL)),
  );
  return results.map(({ answeredBy, failure }) =>
    answeredBy ?? failure ?? "error"
  );
}
