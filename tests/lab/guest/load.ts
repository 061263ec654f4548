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
  /**
   * Ports to dial from, one after the other and again from the first. IPVS
   * cannot tell two connections apart that one source port has to two VIPs of
   * one endpoint (docs/packets.md): loads to such VIPs need ports of their own.
   */
  readonly sourcePorts?: SourcePorts;
}

/** A range of ports. */
export interface SourcePorts {
  /** The first one. */
  readonly first: number;
  /** How many there are: more than are dialled within a TIME_WAIT of 60 s. */
  readonly count: number;
}

const COUNT = 2_000;
/** Beyond what a node listens at. */
const FIRST = 12_000;

/**
 * The range of the n-th load of a place, from 0 to 8: below node ports, and
 * below those that the kernel chooses from.
 */
export function sourcePortsOf(n: number): SourcePorts {
  return { first: FIRST + n * COUNT, count: COUNT };
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
