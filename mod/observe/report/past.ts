import type { PassReport } from "#agent";

/** A pass, as it is remembered. */
export interface PassEntry {
  /** When it ended, ms since 1970. */
  readonly endedMs: number;
  /** Why it ran. */
  readonly reason: PassReport["reason"];
  /** How many Services it programmed. */
  readonly services: number;
  /** How long it took, ms. */
  readonly durationMs: number;
  /** Lines of batches by what they change. */
  readonly lines: PassReport["lines"];
  /** What was not done, and why; the first few. */
  readonly failures: readonly FailureReport[];
  /** How many were not done. */
  readonly failed: number;
}

/** Something that could not be done, and is tried again. */
export interface FailureReport {
  /** Service, or another cause. */
  readonly unit: string;
  /** Why. */
  readonly reason: string;
  /** Since when, ms since 1970; absent: unknown. */
  readonly sinceMs?: number;
}

/** A warning, as it is remembered. */
export interface WarningEntry {
  /** When it was last given, ms since 1970. */
  readonly atMs: number;
  /** Its text. */
  readonly message: string;
  /** How often in a row. */
  readonly times: number;
}
