import type { Clock } from "./transport.ts";

/** Gives up a request when no byte comes for too long. */
export class Watchdog {
  readonly #clock: Clock;
  #silenceMs: number;
  readonly #outer: AbortSignal;
  readonly #controller: AbortController = new AbortController();
  readonly #timer: AbortController = new AbortController();
  #fedMs: number | undefined;
  #silent = false;

  /** Aborts its own signal with `outer`, or after `silenceMs` unfed. */
  constructor(clock: Clock, outer: AbortSignal, silenceMs: number) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#outer = outer;
    outer.addEventListener("abort", this.#end);
    this.#watch().catch(() => {
      // Only its own end wakes it early.
    });
  }

  /** For the request. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether silence has ended the request. */
  get silent(): boolean {
    return this.#silent;
  }

  /**
   * A byte came, or reading begins: the time starts again, with another
   * bound if one is given.
   */
  feed(silenceMs: number = this.#silenceMs): void {
    this.#silenceMs = silenceMs;
    this.#fedMs = this.#clock.monotonicMs();
  }

  /** Nobody reads at present: silence means nothing. */
  rest(): void {
    this.#fedMs = undefined;
  }

  /** Ends the request, if it still runs. */
  [Symbol.dispose](): void {
    this.#outer.removeEventListener("abort", this.#end);
    this.#end();
  }

  #end = (): void => {
    this.#timer.abort();
    this.#controller.abort();
  };

  async #watch(): Promise<void> {
    let waitMs = this.#silenceMs;
    while (waitMs > 0) {
      await this.#clock.sleep(waitMs, this.#timer.signal);
      const fedMs = this.#fedMs ?? this.#clock.monotonicMs();
      waitMs = fedMs + this.#silenceMs - this.#clock.monotonicMs();
    }
    this.#silent = true;
    this.#controller.abort();
  }
}
