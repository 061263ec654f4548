import { CommandError, type Conntrack } from "#apply";
import type { StaleFlow } from "#diff";
import { flowName } from "./journal.ts";
import type { StateFile } from "./state_file.ts";
import { reasonOf, type Status } from "./status.ts";
import type { AgentTiming } from "./types.ts";

/** What deleting stale tracked connections needs. */
export interface FlowsKeeperOptions {
  /** Deletes them. */
  readonly conntrack: Conntrack;
  /** Remembers those that are to go. */
  readonly state: StateFile;
  /** For warnings. */
  readonly status: Status;
  /** Waits between tries. */
  readonly timing: Pick<AgentTiming, "retryMs" | "retryMaxMs">;
  /** Never goes back, ms. */
  monotonicMs(): number;
}

/** So many processes one flush takes to find what conntrack refuses. */
const MAX_TRIES = 32;
/** So many of those that failed are named. */
const SHOWN = 3;

/** What failed, until its next try. */
interface Wait {
  readonly failures: number;
  readonly untilMs: number;
}

/**
 * Deletes the tracked connections that have become stale, and tries until it
 * is done. They are on record before the virtual servers change: an agent that
 * is killed between the two leaves them to the next one, which nothing else
 * would tell of them. UDP goes on to a dead endpoint as long as its sender
 * keeps the entry alive.
 *
 * conntrack stops at a line that is refused. That one concerns itself alone:
 * it is found by halves and waits, longer each time, and the others are done.
 */
export class FlowsKeeper {
  readonly #o: FlowsKeeperOptions;
  /** Those that failed, as they were put on record. */
  #waits = new Map<StaleFlow, Wait>();

  /** The next try, ms of the monotonic clock; Infinity: nothing is left. */
  nextMs: number;

  /** What an earlier agent left is due at once. */
  constructor(options: FlowsKeeperOptions) {
    this.#o = options;
    this.nextMs = options.state.flows.size > 0 ? 0 : Infinity;
  }

  /**
   * Deletes all that is on record; one process, unless something is refused.
   * What failed waits for its time: passes ask for this each time. Never
   * throws.
   */
  async flush(): Promise<void> {
    const nowMs = this.#o.monotonicMs();
    const flows = [...this.#o.state.flows.values()];
    const [news, again]: [StaleFlow[], StaleFlow[]] = [[], []];
    for (const flow of flows) {
      const wait = this.#waits.get(flow);
      if (wait === undefined) news.push(flow);
      else if (wait.untilMs <= nowMs) again.push(flow);
    }
    const failed = await this.#delete([news, again]);
    this.#note(failed);
  }

  /** Deletes groups; gives what failed, with the reason. */
  async #delete(
    groups: (readonly StaleFlow[])[],
  ): Promise<ReadonlyMap<StaleFlow, string>> {
    const { conntrack, state } = this.#o;
    const failed = new Map<StaleFlow, string>();
    let tries = 0;
    for (let group = groups.shift(); group; group = groups.shift()) {
      if (group.length === 0) continue;
      try {
        tries++;
        await conntrack.delete(group);
        await state.flowsGone(group);
      } catch (error) {
        // One that hangs or is missing does so for each of them.
        const isRefusal = !(error instanceof CommandError) ||
          error.failure === "failed";
        if (isRefusal && group.length > 1 && tries < MAX_TRIES) {
          const middle = Math.ceil(group.length / 2);
          groups.push(group.slice(0, middle), group.slice(middle));
          continue;
        }
        for (const flow of group) failed.set(flow, reasonOf(error));
      }
    }
    return failed;
  }

  #note(failed: ReadonlyMap<StaleFlow, string>): void {
    const { state, status, timing } = this.#o;
    const nowMs = this.#o.monotonicMs();
    const waits = new Map<StaleFlow, Wait>();
    let soonestMs = Infinity;
    for (const flow of state.flows.values()) {
      const old = this.#waits.get(flow);
      if (!failed.has(flow)) {
        if (old !== undefined) waits.set(flow, old);
        continue;
      }
      const failures = old?.failures ?? 0;
      const waitMs = Math.min(
        timing.retryMs * 2 ** Math.min(failures, 30),
        timing.retryMaxMs,
      );
      soonestMs = Math.min(soonestMs, waitMs);
      waits.set(flow, { failures: failures + 1, untilMs: nowMs + waitMs });
    }
    this.#waits = waits;
    this.nextMs = [...waits.values()].reduce(
      (least, { untilMs }) => Math.min(least, untilMs),
      Infinity,
    );
    const [reason] = failed.values();
    if (reason === undefined) return;
    status.warn(
      `Cannot delete stale tracked connections (${namesOf(failed.keys())}): ` +
        `${reason}; tried again in ${soonestMs} ms`,
    );
  }
}

function namesOf(flows: Iterable<StaleFlow>): string {
  const names = [...flows].map(flowName);
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? `, ${more} more` : "");
}
