import type { ClusterModel, ServiceName } from "#model";
import { type DrainTarget, isQuiesced, realServerKey } from "#plan";
import { Alarm } from "./alarm.ts";
import type { StateFile } from "./state_file.ts";
import type { AgentOptions, HandDrain, HandDrainControl } from "./types.ts";

/** More drains by hand than these are refused. */
const MAX_DRAINS = 100;

/** What drains by hand need. */
export interface HandDrainsOptions {
  /** Time. */
  readonly clock: AgentOptions["clock"];
  /** Time, ms since 1970, without jumps. */
  nowMs(): number;
  /** Has what a target is about planned anew. */
  changed(target: DrainTarget): void;
}

/**
 * What an operator drains by hand, each until its limit. It only says what is
 * drained; planning gives weights (`plan/real_servers.ts`). The state file
 * keeps it over a restart.
 */
export class HandDrains implements HandDrainControl {
  readonly #o: HandDrainsOptions;
  readonly #alarm: Alarm;
  #state: StateFile | undefined;

  /** Nothing is drained before `begin`. */
  constructor(options: HandDrainsOptions) {
    this.#o = options;
    this.#alarm = new Alarm(options.clock);
  }

  /** Takes what the state file remembers. */
  async begin(state: StateFile): Promise<void> {
    this.#state = state;
    await this.#endThoseDue();
  }

  /** All of them, the oldest first. */
  get all(): readonly HandDrain[] {
    return [...this.#state?.handDrains.values() ?? []];
  }

  /** What is drained now. */
  get targets(): ReadonlySet<DrainTarget> {
    return new Set(this.#state?.handDrains.keys());
  }

  /**
   * Drains a target for so long; one that is drained gets the new limit.
   *
   * @throws {Error} before `begin`, or when there are too many
   */
  async add(target: DrainTarget, limitMs: number): Promise<HandDrain> {
    const state = this.#begun();
    const old = state.handDrains.get(target);
    if (old === undefined && state.handDrains.size >= MAX_DRAINS) {
      throw new Error(
        `Cannot drain ${target}: ${MAX_DRAINS} targets are drained by hand ` +
          "already; end some of them first",
      );
    }
    const nowMs = this.#o.nowMs();
    const drain: HandDrain = {
      target,
      startedMs: old?.startedMs ?? nowMs,
      deadlineMs: nowMs + limitMs,
    };
    await state.drainByHand([drain], []);
    this.#o.changed(target);
    this.#alarm.wake();
    return drain;
  }

  /** Ends a drain; whether there was one. */
  async remove(target: DrainTarget): Promise<boolean> {
    const state = this.#begun();
    const old = state.handDrains.get(target);
    if (old === undefined) return false;
    await state.drainByHand([], [old]);
    this.#o.changed(target);
    return true;
  }

  /** Ends each drain at its limit, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#alarm.wake();
    signal.addEventListener("abort", stop);
    while (!signal.aborted) {
      await this.#endThoseDue();
      await this.#alarm.rest(this.#nextMs() - this.#o.nowMs(), signal);
    }
    signal.removeEventListener("abort", stop);
  }

  async #endThoseDue(): Promise<void> {
    const nowMs = this.#o.nowMs();
    const due = this.all.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (due.length === 0) return;
    await this.#state?.drainByHand([], due);
    for (const { target } of due) this.#o.changed(target);
  }

  #nextMs(): number {
    return Math.min(...this.all.map(({ deadlineMs }) => deadlineMs));
  }

  #begun(): StateFile {
    if (this.#state !== undefined) return this.#state;
    throw new Error("Cannot drain: the agent has not started yet; try again");
  }
}

/** Services of which a slice lists an endpoint of the target. */
export function servicesOfTarget(
  model: Pick<ClusterModel, "serviceNames" | "slices">,
  target: DrainTarget,
): readonly ServiceName[] {
  const targets = new Set([target]);
  return [...model.serviceNames()].filter((name) =>
    model.slices(name).some(({ ports, endpoints }) =>
      endpoints.some((state) =>
        ports.some(({ port }) => {
          const key = realServerKey(state.address, port);
          return isQuiesced({ key, state }, targets);
        })
      )
    )
  );
}
