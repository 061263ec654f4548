/**
 * Connections that carry data for long.
 *
 * @module
 */

import type { DialOptions, Failure } from "./prober.ts";

/** What to send, and where. */
export interface StreamOptions
  extends Pick<DialOptions, "protocol" | "address" | "port" | "sourcePort"> {
  /** Size of a chunk, which is answered by one line; default 4,000 bytes. */
  readonly chunkBytes?: number;
  /** Pause after each chunk; default 20 ms. */
  readonly pauseMs?: number;
}

/** What is sent unless something else is asked for. */
export const STREAM_DEFAULTS = { chunkBytes: 4_000, pauseMs: 20 } as const;

/** How a stream goes, or went. */
export interface StreamResult {
  /** Chunks given to the kernel, the one under way included. */
  readonly sent: number;
  /** Chunks that were answered. */
  readonly answered: number;
  /** The answers, each once: one server that sees one source gives one. */
  readonly by: readonly string[];
  /** The longest time between two answers. */
  readonly longestGapMs: number;
  /** How long it goes on. */
  readonly ms: number;
  /** How it failed; absent: it did not. */
  readonly failure?: Failure;
  /** The kernel's word for it, such as ECONNRESET. */
  readonly errorName?: string;
  /** When it failed, since its start. */
  readonly failedAfterMs?: number;
}

/** A stream that goes on. */
export interface Stream {
  /** How it goes. */
  look(): Promise<StreamResult>;
  /** Waits for the last answers, 5 s at most, and ends it. */
  stop(): Promise<StreamResult>;
}
