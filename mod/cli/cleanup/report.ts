import type { Left } from "./types.ts";

/** What cleaning up came to. */
export interface CleanupReport {
  /** Whether nothing was changed, only looked at. */
  readonly dryRun: boolean;
  /** What went, or would go. */
  readonly removed: readonly string[];
  /** What was to go and is still there. */
  readonly failed: readonly string[];
  /** What the tools said of it. */
  readonly said: readonly string[];
  /** What stays, and why. */
  readonly left: readonly Left[];
  /** What could not be looked at. */
  readonly unseen: readonly string[];
  /** Kernel settings that have the value that the agent gives them. */
  readonly settings: readonly string[];
}

/** Whether all is gone that should be. */
export function isClean({ failed, left, unseen }: CleanupReport): boolean {
  return failed.length + unseen.length === 0 &&
    left.every(({ shouldGo }) => !shouldGo);
}

/** The report for people, one thing a line. */
export function formatReport(report: CleanupReport): readonly string[] {
  const { dryRun, removed, failed, said, left, unseen, settings } = report;
  const verb = dryRun ? "would go" : "removed";
  const amiss = left.filter(({ shouldGo }) => shouldGo);
  const stays = left.filter(({ shouldGo }) => !shouldGo);
  return [
    ...removed.map((thing) => line(verb, thing)),
    ...stays.map(({ thing, reason }) => line("left", `${thing}: ${reason}`)),
    ...settings.map((text) =>
      line("left", `${text}: as the agent sets it; settings are not taken back`)
    ),
    ...unseen.map((text) => line("unseen", text)),
    ...amiss.map(({ thing, reason }) => line("failed", `${thing}: ${reason}`)),
    ...failed.map((thing) => line("failed", thing)),
    ...said.map((text) => line("", text)),
    summary(report),
  ];
}

function line(verb: string, text: string): string {
  return `${verb.padEnd(8)}  ${text}`;
}

function summary(report: CleanupReport): string {
  const { dryRun, removed, failed, left, unseen } = report;
  const went = `${removed.length} ${dryRun ? "would go" : "removed"}`;
  if (isClean(report)) {
    if (removed.length === 0) return "clean: nothing to remove";
    return dryRun ? `${went}; nothing was changed` : `clean: ${went}`;
  }
  const amiss = failed.length + left.filter(({ shouldGo }) => shouldGo).length;
  return `not clean: ${went}, ${amiss} could not be, ` +
    `${unseen.length} not looked at`;
}
