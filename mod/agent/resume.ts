import type { Drain } from "#diff";
import type { HandDrain } from "./types.ts";

/** What the wall clock was for an earlier agent is not what it is now. */
export interface Resumption {
  /** Now, ms since 1970. */
  readonly nowMs: number;
  /** How long a drain lives on whose time seems to be over, ms. */
  readonly graceMs: number;
}

/**
 * A drain that an earlier agent began. Its times on disk are the wall clock's,
 * which may have been set since. Set back, it does not lengthen the drain
 * beyond its limit; set forward, it does not cut all connections at once: what
 * seems to be over has the time of an endpoint that has just gone.
 */
export function resumeDrain(
  drain: Drain,
  { nowMs, graceMs }: Resumption,
): Drain {
  const limitMs = Math.max(0, drain.deadlineMs - drain.startedMs);
  const startedMs = Math.min(drain.startedMs, nowMs);
  const deadlineMs = Math.min(drain.deadlineMs, nowMs + limitMs);
  const goneMs = Math.min(drain.goneMs ?? Infinity, nowMs);
  const isGone = drain.goneMs !== undefined;
  const isOver = deadlineMs <= nowMs || isGone && goneMs + graceMs <= nowMs;
  if (!isOver) {
    return { ...drain, startedMs, deadlineMs, ...(isGone ? { goneMs } : {}) };
  }
  const leastMs = nowMs + Math.min(limitMs, graceMs);
  return {
    ...drain,
    startedMs,
    deadlineMs: Math.max(deadlineMs, leastMs),
    ...(isGone ? { goneMs: nowMs } : {}),
  };
}

/** A drain by hand that an earlier agent began, no longer than its limit. */
export function resumeHandDrain(
  drain: HandDrain,
  { nowMs }: Resumption,
): HandDrain {
  const limitMs = Math.max(0, drain.deadlineMs - drain.startedMs);
  return {
    ...drain,
    startedMs: Math.min(drain.startedMs, nowMs),
    deadlineMs: Math.min(drain.deadlineMs, nowMs + limitMs),
  };
}
