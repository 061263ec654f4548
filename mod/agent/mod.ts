/**
 * When what is done: triggers, coalescing, retries, drains, audits.
 *
 * In come events of the watches and lines of `ip monitor`; out go changes to
 * the host through its doors, and word to the observer. The agent owns time
 * and current state, and knows no rule of the domain.
 *
 * It promises: nothing is changed before every source has been listed (I3);
 * what one Service needs waits for no other (I8); what is ours is on record
 * before it is made (I5); stopping leaves the kernel as it is; and when
 * failures stop, the kernel is what the objects say (I7).
 *
 * @module
 */
export {
  formatJournal,
  JOURNAL_HEADER,
  parseJournal,
  type Remembered,
} from "./journal.ts";
export { Agent, AgentRunsError } from "./agent.ts";
export { DEFAULT_TIMING } from "./timing.ts";
export { servicesOfTarget } from "./hand_drains.ts";
export type { Inspection, SetSize } from "./inspection.ts";
export { parseMonitorLine, touchesRules } from "./monitor.ts";
export type { MonitorEvent } from "./monitor.ts";
export { listedRealServers } from "./planner.ts";
export { HostRunDirectory } from "./run_directory.ts";
export type { RunDirectory } from "./run_directory.ts";
export { HostSnapshotStore, SNAPSHOT_FILE } from "./snapshot_store.ts";
export type { SnapshotStore } from "./snapshot_store.ts";
export type { SourceEvent } from "./sources.ts";
export { LOCK_FILE, STATE_FILE, StateFile } from "./state_file.ts";
export type * from "./types.ts";
