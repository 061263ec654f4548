import { isSame } from "#model";
import type { RuleOptions } from "#plan";
import type { Passes } from "./passes.ts";
import { reasonOf, type Status } from "./status.ts";
import type { AgentOptions, AgentTiming } from "./types.ts";

/** What looking at the rules needs. */
export interface RulesWatchOptions {
  /** Rules that are wanted, and time. */
  readonly agent: Pick<AgentOptions, "rules" | "clock">;
  /** Writes them. */
  readonly passes: Pick<Passes, "rules">;
  /** For warnings and counts. */
  readonly status: Status;
  /** How often they are looked at. */
  readonly timing: Pick<AgentTiming, "rulesMs">;
}

/** When to look at the rules, apart from audits. */
export class RulesWatch {
  readonly #o: RulesWatchOptions;
  #written: readonly RuleOptions[] = [];

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

  /** The rules of now are being written by the first audit. */
  begin(): void {
    this.#written = this.#o.agent.rules();
    this.#plan();
  }

  /** Writes what is missing or differs; `backOff` tells the wait. */
  async look(backOff: () => number): Promise<void> {
    const { agent, passes, status } = this.#o;
    const isOurs = this.hasNews;
    this.#plan();
    try {
      const wanted = agent.rules();
      const count = await passes.rules();
      this.#written = wanted;
      if (!isOurs) status.repaired(new Map([["rule", count]]));
    } catch (error) {
      status.warn(`Cannot write the rules: ${reasonOf(error)}`);
      this.nextMs = agent.clock.monotonicMs() + backOff();
    }
  }

  #plan(): void {
    const { agent, timing } = this.#o;
    this.nextMs = timing.rulesMs > 0
      ? agent.clock.monotonicMs() + timing.rulesMs
      : Infinity;
  }
}
