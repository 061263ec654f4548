import type { Clock } from "#apply";
import { getLogger } from "@std/log";
import { PrerequisiteError, UsageError } from "./exit_code.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { Settings } from "./settings_types.ts";

/** A look at least so often, ms: not every change is told. */
const LOOK_MS = 60_000;
/** Writers are given so long to finish, ms. */
const SETTLE_MS = 200;

/** What following the configuration needs. */
export interface ConfigWatchOptions {
  /** What holds. */
  readonly live: LiveSettings;
  /**
   * Reads flags and file again.
   *
   * @throws {UsageError} when something of it is wrong
   */
  reread(): Promise<Settings>;
  /** Tells, with whatever value, when something in the file's folder changed. */
  changes(signal: AbortSignal): AsyncIterable<unknown>;
  /**
   * Whether a start with these settings would go through; changes nothing.
   *
   * @throws {PrerequisiteError | UsageError} when it would not
   */
  rehearse(next: Settings): Promise<void>;
  /** Starts again with these settings. */
  restart(next: Settings): void;
  /** For waits. */
  readonly clock: Clock;
}

/**
 * Follows the configuration file until the signal: applies what can be
 * applied, starts again for the rest. What is wrong is said once, and what
 * held goes on. Content decides, so that it does not matter whether a file was
 * written, renamed, or is behind a symbolic link that was swapped.
 */
export class ConfigWatch {
  readonly #o: ConfigWatchOptions;
  #complaint = "";

  /** Takes the parts. */
  constructor(options: ConfigWatchOptions) {
    this.#o = options;
  }

  /** Follows it. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#o;
    let wake = new AbortController();
    const told = this.#listen(signal, () => wake.abort());
    while (!signal.aborted) {
      const either = AbortSignal.any([signal, wake.signal]);
      await clock.sleep(LOOK_MS, either).catch(() => {});
      await clock.sleep(SETTLE_MS, signal).catch(() => {});
      wake = new AbortController();
      if (!signal.aborted) await this.look();
    }
    await told;
  }

  /** Reads it once and acts on what differs. */
  async look(): Promise<void> {
    const { live, reread, rehearse, restart } = this.#o;
    try {
      const next = await reread();
      const outcome = await live.offer(next);
      if (outcome.kind === "restart") {
        await rehearse(next);
        restart(next);
      }
      this.#complaint = "";
      if (outcome.kind === "same") return;
      getLogger("cli").info(
        outcome.kind === "applied"
          ? "the configuration has changed and holds"
          : "the configuration has changed: starting again with it",
        { fields: outcome.paths.join(",") },
      );
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    const isOurs = error instanceof UsageError ||
      error instanceof PrerequisiteError;
    const lines = isOurs
      ? error.lines
      : [error instanceof Error ? error.message : String(error)];
    const text = lines.join("; ");
    if (text === this.#complaint) return;
    this.#complaint = text;
    getLogger("cli").error(
      "the configuration has changed and cannot be used; the one before goes on",
      { reason: text },
    );
  }

  /** Without this, the look on a timer finds changes. */
  async #listen(signal: AbortSignal, wake: () => void): Promise<void> {
    try {
      for await (const _ of this.#o.changes(signal)) wake();
    } catch (error) {
      if (signal.aborted) return;
      getLogger("cli").warn("Cannot follow the configuration's folder", {
        reason: String(error),
        instead: `it is read every ${LOOK_MS / 1_000} s`,
      });
    }
  }
}
