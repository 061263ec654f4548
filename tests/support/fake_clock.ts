import { setImmediate } from "node:timers";
import type { Clock } from "../../mod/apply/clock.ts";

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that stands until a test moves it. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** How many wait. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        atMs: this.#monotonicMs + Math.max(0, ms),
        wake: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /**
   * Moves both clocks, waking sleepers in order of their time; what they
   * started runs before the next one wakes.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settle();
    while (true) {
      const next = [...this.#sleepers].filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#move(next.atMs);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#move(endMs);
    await settle();
  }

  /** Moves the wall clock alone, as an administrator or NTP would. */
  setWall(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #move(toMs: number): void {
    const ms = Math.max(0, toMs - this.#monotonicMs);
    this.#monotonicMs += ms;
    this.#nowMs += ms;
  }
}

/**
 * Lets everything run that waits for nothing but its turn. A timer of 0 ms
 * would cost 1 to 2 ms of real time, and a history takes thousands of turns.
 */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
