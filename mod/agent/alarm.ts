import type { Clock } from "#apply";

/** Turns in a row without a rest, before one is forced. */
const MAX_TURNS = 500;
/** The forced rest, ms. */
const FORCED_REST_MS = 100;
/** Longest sleep when nothing is due, ms. */
const LONGEST_REST_MS = 3_600_000;

/** Sleeps until something is due or somebody wakes it. */
export class Alarm {
  readonly #clock: Clock;
  #sleep = new AbortController();
  #turns = 0;

  /** Takes the clock that it sleeps by. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the sleep. */
  wake(): void {
    this.#sleep.abort();
  }

  /** Sleeps for so many ms; never works without any rest for ever. */
  async rest(dueInMs: number, signal: AbortSignal): Promise<void> {
    let waitMs = dueInMs;
    if (waitMs <= 0 && ++this.#turns >= MAX_TURNS) waitMs = FORCED_REST_MS;
    if (waitMs <= 0 || signal.aborted) return;
    this.#turns = 0;
    this.#sleep = new AbortController();
    try {
      await this.#clock.sleep(
        Math.min(waitMs, LONGEST_REST_MS),
        this.#sleep.signal,
      );
    } catch (error) {
      if (!this.#sleep.signal.aborted) throw error;
    }
  }
}
