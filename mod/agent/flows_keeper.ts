import type { Conntrack } from "#apply";
import type { StaleFlow } from "#diff";
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

/**
 * Deletes the tracked connections that have become stale, and tries until it
 * is done. They are on record before the virtual servers change: an agent that
 * is killed between the two leaves them to the next one, which nothing else
 * would tell of them. UDP goes on to a dead endpoint as long as its sender
 * keeps the entry alive.
 */
export class FlowsKeeper {
  readonly #o: FlowsKeeperOptions;
  #failures = 0;
  #tried: ReadonlySet<StaleFlow> = new Set();

  /** The next try, ms of the monotonic clock; Infinity: nothing is left. */
  nextMs: number;

  /** What an earlier agent left is due at once. */
  constructor(options: FlowsKeeperOptions) {
    this.#o = options;
    this.nextMs = options.state.flows.size > 0 ? 0 : Infinity;
  }

  /**
   * Deletes all that is on record; one process. What failed alone waits for
   * its time: passes ask for this each time. Never throws.
   */
  async flush(): Promise<void> {
    const { conntrack, state, status, timing } = this.#o;
    const flows = [...state.flows.values()];
    if (flows.length === 0) return;
    const isNews = flows.some((flow) => !this.#tried.has(flow));
    if (!isNews && this.#o.monotonicMs() < this.nextMs) return;
    this.#tried = new Set(flows);
    try {
      await conntrack.delete(flows);
      await state.flowsGone(flows);
      this.#failures = 0;
      this.#tried = new Set();
      this.nextMs = Infinity;
    } catch (error) {
      const waitMs = Math.min(
        timing.retryMs * 2 ** Math.min(this.#failures++, 30),
        timing.retryMaxMs,
      );
      this.nextMs = this.#o.monotonicMs() + waitMs;
      status.warn(
        `Cannot delete stale tracked connections: ${reasonOf(error)}; ` +
          `tried again in ${waitMs} ms`,
      );
    }
  }
}
