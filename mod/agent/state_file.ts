import type { Drain, Drains, OwnedThings, Ownership, StaleFlow } from "#diff";
import type { DrainTarget } from "#plan";
import {
  flowName,
  formatDrain,
  formatFlows,
  formatHandDrain,
  formatJournal,
  formatThings,
  JOURNAL_HEADER,
  later,
  nothingRemembered,
  parseJournal,
  type Remembered,
} from "./journal.ts";
import { resumeDrain, resumeHandDrain } from "./resume.ts";
import type { HandDrain } from "./types.ts";
import type { RunDirectory } from "./run_directory.ts";

/** Name of the journal in the run directory. */
export const STATE_FILE = "state";
/** Name of the lock in the run directory. */
export const LOCK_FILE = "lock";

/** So many lines more than things, and the file is written afresh. */
const SLACK_LINES = 10_000;
/** Most stale tracked connections that wait while they cannot be deleted. */
const MAX_FLOWS = 10_000;

/** A wall clock that moved further was set, and did not drift, ms. */
const MOVED_MS = 1_000;

/** Clocks of the record. */
export interface StateTimes {
  /** Time of drains, ms since 1970, without jumps. */
  nowMs(): number;
  /** The wall clock, ms since 1970. */
  wallMs(): number;
  /** How long a drain lives on whose time seems over at the start, ms. */
  readonly graceMs: number;
}

/**
 * The record of what is ours, on disk before it is in the kernel. Appending
 * costs the change, not the table; the file is written afresh when most of it
 * is of the past. If it cannot be written, the agent says so and goes on:
 * the next start then adopts only what equals what is wanted.
 */
export class StateFile {
  readonly #directory: RunDirectory;
  readonly #warn: (message: string) => void;
  readonly #times: StateTimes | undefined;
  /** How far the wall clock was ahead of ours when times were written. */
  #aheadMs = 0;
  #lines = 0;
  #broken = false;
  #written: Promise<void> = Promise.resolve();

  /** What is ours. */
  readonly ownership: Ownership;
  /** Drains in progress. */
  readonly drains: Drains;
  /** What is drained by hand. */
  readonly handDrains: Map<DrainTarget, HandDrain>;
  /** Tracked connections that are to be deleted. */
  readonly flows: Map<string, StaleFlow>;
  /** Whether a record of an earlier run was found. */
  readonly found: boolean;

  private constructor(
    directory: RunDirectory,
    content: Remembered & { readonly found: boolean },
    { warn, times }: {
      readonly warn: (message: string) => void;
      readonly times: StateTimes | undefined;
    },
  ) {
    this.#directory = directory;
    this.#warn = warn;
    this.#times = times;
    this.ownership = content.ownership;
    this.drains = content.drains;
    this.handDrains = content.handDrains;
    this.flows = content.flows;
    this.found = content.found;
  }

  /** Reads the record of the last run and writes it afresh. */
  static async open(
    directory: RunDirectory,
    warn: (message: string) => void,
    times?: StateTimes,
  ): Promise<StateFile> {
    const text = await readState(directory, warn);
    const remembered = text === undefined ? undefined : parseJournal(text);
    if (text !== undefined && remembered === undefined) {
      warn(
        `Cannot use the state file: its first line is not ` +
          `"${JOURNAL_HEADER}"; what equals the objects is adopted, nothing ` +
          `else in the kernel is deleted`,
      );
    }
    const content = remembered ?? nothingRemembered();
    const file = new StateFile(
      directory,
      { ...content, found: remembered !== undefined },
      { warn, times },
    );
    file.#resume();
    await file.#rewrite();
    return file;
  }

  #resume(): void {
    if (this.#times === undefined) return;
    const { graceMs } = this.#times;
    const now = { nowMs: this.#times.nowMs(), graceMs };
    for (const drain of [...this.drains.all()]) {
      this.drains.put(resumeDrain(drain, now));
    }
    for (const [target, drain] of this.handDrains) {
      this.handDrains.set(target, resumeHandDrain(drain, now));
    }
  }

  /**
   * Times on disk are the wall clock's. Where that has been set since, they
   * are written anew, so that a restart does not take them for others.
   */
  async keepTimes(): Promise<void> {
    if (!this.#isTimeMoved()) return;
    this.#written = this.#written.then(() => this.#rewrite());
    await this.#written;
  }

  #isTimeMoved(): boolean {
    if (this.drains.size + this.handDrains.size === 0) return false;
    const movedMs = this.#aheadNowMs() - this.#aheadMs;
    return Math.abs(movedMs) > MOVED_MS;
  }

  #aheadNowMs(): number {
    if (this.#times === undefined) return 0;
    return Math.round(this.#times.wallMs() - this.#times.nowMs());
  }

  /** How many things are to be remembered. */
  get #size(): number {
    return this.ownership.size + this.drains.size + this.handDrains.size +
      this.flows.size;
  }

  /** Whether the file is behind, because it could not be written. */
  get isBehind(): boolean {
    return this.#broken;
  }

  /** Records things that are about to be made, or were adopted. */
  async add(things: OwnedThings): Promise<void> {
    this.ownership.add(things);
    await this.#append(formatThings("+", things));
  }

  /** Strikes out things that are gone. */
  async remove(things: OwnedThings): Promise<void> {
    this.ownership.remove(things);
    await this.#append(formatThings("-", things));
  }

  /** Records drains that began and strikes out those that are over. */
  async drain(
    started: readonly Drain[],
    ended: readonly Drain[],
  ): Promise<void> {
    for (const drain of ended) this.drains.remove(drain);
    for (const drain of started) this.drains.put(drain);
    await this.#append(
      ended.map((drain) => formatDrain("-", drain)).join("") +
        started.map((drain) => formatDrain("+", later(drain, this.#aheadMs)))
          .join(""),
    );
  }

  /** Records drains by hand that began and strikes out those that ended. */
  async drainByHand(
    started: readonly HandDrain[],
    ended: readonly HandDrain[],
  ): Promise<void> {
    for (const { target } of ended) this.handDrains.delete(target);
    for (const drain of started) this.handDrains.set(drain.target, drain);
    await this.#append(
      ended.map((drain) => formatHandDrain("-", drain)).join("") +
        started.map((drain) =>
          formatHandDrain("+", later(drain, this.#aheadMs))
        )
          .join(""),
    );
  }

  /** Records tracked connections that are about to become stale. */
  async addFlows(flows: readonly StaleFlow[]): Promise<void> {
    for (const flow of flows) this.flows.set(flowName(flow), flow);
    const forgotten: StaleFlow[] = [];
    for (const [name, flow] of this.flows) {
      if (this.flows.size <= MAX_FLOWS) break;
      this.flows.delete(name);
      forgotten.push(flow);
    }
    await this.#append(formatFlows("+", flows) + formatFlows("-", forgotten));
  }

  /** Strikes out tracked connections that were deleted. */
  async flowsGone(flows: readonly StaleFlow[]): Promise<void> {
    for (const flow of flows) this.flows.delete(flowName(flow));
    await this.#append(formatFlows("-", flows));
  }

  /**
   * One after the other: drains by hand come beside the loop, and two that
   * write the file afresh at once write over each other.
   */
  async #append(text: string): Promise<void> {
    if (text === "") return;
    // What it says of times is then of the past.
    const isMoved = this.#isTimeMoved();
    const write = (): Promise<void> =>
      isMoved ? this.#rewrite() : this.#appendNow(text);
    this.#written = this.#written.then(write);
    await this.#written;
  }

  async #appendNow(text: string): Promise<void> {
    this.#lines += text.split("\n").length - 1;
    const needed = this.#size;
    if (this.#broken || this.#lines > 2 * needed + SLACK_LINES) {
      await this.#rewrite();
      return;
    }
    try {
      await this.#directory.append(STATE_FILE, text);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #rewrite(): Promise<void> {
    try {
      this.#aheadMs = this.#aheadNowMs();
      const text = formatJournal(this, this.#aheadMs);
      await this.#directory.replace(STATE_FILE, text);
      this.#lines = this.#size;
      if (this.#broken) this.#warn("State file: written again, up to date");
      this.#broken = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#warn(
      `Cannot write the state file: ${reason}; Services go on being served, ` +
        `but after a restart what was made since may be left alone as foreign`,
    );
  }
}

async function readState(
  directory: RunDirectory,
  warn: (message: string) => void,
): Promise<string | undefined> {
  try {
    return await directory.read(STATE_FILE);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(`Cannot read the state file: ${reason}`);
    return undefined;
  }
}
