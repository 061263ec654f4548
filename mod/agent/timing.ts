import { DEFAULT_DRAIN_LIMITS } from "#diff";
import type { AgentTiming } from "./types.ts";

/** Times of the loop where the options name none. */
export const DEFAULT_TIMING: AgentTiming = {
  minSyncMs: 200,
  syncMs: 30_000,
  departureMs: 5_000,
  retryMs: 1_000,
  retryMaxMs: 60_000,
  rulesMs: 0,
  drainLimits: DEFAULT_DRAIN_LIMITS,
};
