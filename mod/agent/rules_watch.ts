import { isSame } from "#model";
import type { RuleOptions } from "#plan";
import { touchesRules } from "./monitor.ts";
import type { RulesKeeper } from "./rules_keeper.ts";
import { reasonOf, type Status } from "./status.ts";
import type { AgentOptions, AgentTiming } from "./types.ts";

/** Changes of rules are gathered for so long, ms: a reload makes many. */
const SETTLE_MS = 50;
/** From one look to the next at least, ms, whatever others change. */
const LEAST_PAUSE_MS = 400;
/** Looks on a timer may take this part of the time. */
const MOST_SHARE = 0.05;
/** From a try that found the lock held to the next, ms. */
const LOCK_RETRY_MS = 250;
/** Nothing is served without rules for so long while the lock is held, ms. */
const LOCK_PATIENCE_MS = 60_000;
/** Between tries to follow the monitor, ms. */
const MONITOR_RETRY_MS = 10_000;

/** What looking at the rules needs. */
export interface RulesWatchOptions {
  /** Rules that are wanted, who tells of changes, and time. */
  readonly agent: Pick<AgentOptions, "rules" | "clock" | "rulesMonitor">;
  /** Writes them. */
  readonly rulesKeeper: RulesKeeper;
  /** For warnings and counts. */
  readonly status: Status;
  /** How often they are looked at. */
  readonly timing: Pick<AgentTiming, "rulesMs">;
}

/** When to look at the rules, apart from audits. */
export class RulesWatch {
  readonly #o: RulesWatchOptions;
  #written: readonly RuleOptions[] = [];
  #isFollowing = false;
  #hasBegun = false;
  #lookMs = -Infinity;
  #tookMs = 0;
  #warned = "";

  /** The next look, ms of the monotonic clock; Infinity: none. */
  nextMs: number = Infinity;

  /** Nothing is looked at before `begin`. */
  constructor(options: RulesWatchOptions) {
    this.#o = options;
  }

  /** Whether other rules are wanted than those that were written. */
  get hasNews(): boolean {
    return !isSame(this.#o.agent.rules(), this.#written);
  }

  /** Whether nothing may be served yet, since its rules wait for a lock. */
  get isHolding(): boolean {
    const { isLocked, lockedMs } = this.#o.rulesKeeper;
    return isLocked && lockedMs < LOCK_PATIENCE_MS;
  }

  /** These rules have been written, or tried to be. */
  begin(rules: readonly RuleOptions[]): void {
    this.#written = rules;
    this.#hasBegun = true;
    this.plan();
  }

  /** Follows what changes rules until the signal; `wake` has the loop look. */
  async follow(signal: AbortSignal, wake: () => void): Promise<void> {
    const { agent: { clock, rulesMonitor }, status } = this.#o;
    while (rulesMonitor !== undefined && !signal.aborted) {
      try {
        this.#isFollowing = true;
        for await (const line of rulesMonitor(signal)) this.#notice(line, wake);
      } catch (error) {
        if (!signal.aborted) {
          status.warn(`Cannot follow changes of rules: ${reasonOf(error)}`);
        }
      }
      this.#isFollowing = false;
      if (signal.aborted) return;
      this.plan();
      wake();
      await clock.sleep(MONITOR_RETRY_MS, signal).catch(() => {});
    }
  }

  #notice(line: string, wake: () => void): void {
    if (!this.#hasBegun || !touchesRules(line)) return;
    const nowMs = this.#o.agent.clock.monotonicMs();
    const dueMs = Math.max(nowMs + SETTLE_MS, this.#lookMs + LEAST_PAUSE_MS);
    if (dueMs >= this.nextMs) return;
    this.nextMs = dueMs;
    wake();
  }

  /** Writes what is missing or differs; `backOff` tells the wait. */
  async look(backOff: () => number): Promise<void> {
    const { agent: { clock, rules }, rulesKeeper, status } = this.#o;
    const isOurs = this.hasNews || !rulesKeeper.isWhole;
    this.#lookMs = clock.monotonicMs();
    this.nextMs = Infinity;
    const wanted = rules();
    try {
      const count = await rulesKeeper.ensure();
      this.#written = wanted;
      this.#warned = "";
      if (!isOurs) status.repaired(new Map([["rule", count]]));
    } catch (error) {
      this.#warn(`Cannot write the rules: ${reasonOf(error)}`);
    }
    this.#tookMs = clock.monotonicMs() - this.#lookMs;
    this.plan(backOff);
  }

  /** Says it once, however often it is tried. */
  #warn(message: string): void {
    if (message !== this.#warned) this.#o.status.warn(message);
    this.#warned = message;
  }

  /** Plans the next look: soon when the rules are not written. */
  plan(backOff?: () => number): void {
    const { agent, timing, rulesKeeper } = this.#o;
    const nowMs = agent.clock.monotonicMs();
    let waitMs = Infinity;
    if (rulesKeeper.isLocked) waitMs = LOCK_RETRY_MS;
    else if (!rulesKeeper.isWhole) waitMs = backOff?.() ?? Infinity;
    else if (timing.rulesMs > 0 && !this.#isFollowing) {
      waitMs = Math.max(timing.rulesMs, this.#tookMs / MOST_SHARE);
    }
    this.nextMs = Math.min(this.nextMs, nowMs + waitMs);
  }
}
