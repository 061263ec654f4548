/**
 * Dials that follow one another for long.
 *
 * @module
 */

import type { DialOptions, DialResult, Failure } from "./prober.ts";

/** How to keep up a load. */
export interface LoadOptions extends DialOptions {
  /** Dials under way at a time; default 4. */
  readonly concurrency?: number;
  /** Pause after each dial; default 5 ms. */
  readonly pauseMs?: number;
}

/** What a load saw. */
export interface LoadResult {
  /** Dials that ended. */
  readonly total: number;
  /** Answers by the name of the server. */
  readonly answered: Readonly<Record<string, number>>;
  /** Failures by kind. */
  readonly failures: Readonly<Partial<Record<Failure, number>>>;
  /** The slowest dial. */
  readonly slowestMs: number;
  /** How long it went on. */
  readonly ms: number;
  /** Some dials that failed, with the time since the start. */
  readonly examples: readonly (DialResult & { readonly atMs: number })[];
}
