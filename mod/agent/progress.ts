import type { Clock } from "#apply";

/** Whether the loop moves: how long it has been at one thing. */
export class Progress {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #isBusy = false;
  #sinceMs: number;

  /** Takes the clock that it measures by. */
  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Notes the time that something takes. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#note("busy");
    await work();
    this.#note("at rest");
  }

  /**
   * How long the present work has taken; at rest how long something has been
   * due (`dueMs`, of the monotonic clock) that is not done, in ms.
   */
  lateMs(dueMs: number): number {
    const sinceMs = this.#isBusy
      ? this.#sinceMs
      : Math.max(dueMs, this.#sinceMs);
    return Math.max(0, this.#clock.monotonicMs() - sinceMs);
  }

  #note(state: "busy" | "at rest"): void {
    this.#isBusy = state === "busy";
    this.#sinceMs = this.#clock.monotonicMs();
  }
}
