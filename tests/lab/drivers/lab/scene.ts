/**
 * What the parts of the lab's own proof share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Cluster, DialResult, Driver, Place } from "../../guest/mod.ts";

/** A cluster IP made by hand. */
export const VIP4 = "10.96.0.12";
/** The same in IPv6. */
export const VIP6 = "fd00:96::12";

/** What every part has in hand. */
export interface Scene {
  /** Tells the host. */
  readonly driver: Driver;
  /** The cluster. */
  readonly cluster: Cluster;
  /** A pod of node-1. */
  readonly web: Place;
  /** A pod of node-2 that serves port 80. */
  readonly db: Place;
}

/** Fails unless this one answered. */
export function answered(result: DialResult, by: string): void {
  assertEquals(result.answeredBy, by, JSON.stringify(result));
}

/** Fails unless it failed like this. */
export function failed(result: DialResult, failure: string): void {
  assertEquals(result.failure, failure, JSON.stringify(result));
}

/** Runs a command on a node that must succeed in silence. */
export async function must(
  cluster: Cluster,
  node: string,
  argv: readonly string[],
  stdin?: string,
): Promise<string> {
  const options = stdin === undefined ? {} : { stdin };
  const got = await cluster.exec(cluster.node(node), argv, options);
  assertEquals({ code: got.code, stderr: got.stderr }, { code: 0, stderr: "" });
  return got.stdout;
}
