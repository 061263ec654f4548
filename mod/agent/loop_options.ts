import type { FlowsKeeper } from "./flows_keeper.ts";
import type { Kernel } from "./kernel.ts";
import type { Passes } from "./passes.ts";
import type { Planner } from "./planner.ts";
import type { RoutesKeeper } from "./routes_keeper.ts";
import type { RulesKeeper } from "./rules_keeper.ts";
import type { Readiness } from "./sources.ts";
import type { StateFile } from "./state_file.ts";
import type { Status } from "./status.ts";
import type { AgentOptions, AgentTiming } from "./types.ts";
import type { WorkQueue } from "./work_queue.ts";

/** What the loop drives. */
export interface LoopOptions {
  /** What the agent works with. */
  readonly agent: AgentOptions;
  /** Times. */
  readonly timing: AgentTiming;
  /** Name of the device. */
  readonly device: string;
  /** Both sides. */
  readonly kernel: Kernel;
  /** What can be done in a turn. */
  readonly passes: Passes;
  /** Writes the rules. */
  readonly rulesKeeper: RulesKeeper;
  /** Keeps local routes of networks. */
  readonly routesKeeper: RoutesKeeper;
  /** Deletes stale tracked connections. */
  readonly flowsKeeper: FlowsKeeper;
  /** What is to be done. */
  readonly queue: WorkQueue;
  /** Plans Services. */
  readonly planner: Planner;
  /** Record of what is ours. */
  readonly state: StateFile;
  /** What is remembered. */
  readonly status: Status;
  /** Which sources have been listed. */
  readonly readiness: Readiness;
  /** Time, ms since 1970, without jumps. */
  nowMs(): number;
}
