import type { Clock } from "../../mod/watch/transport.ts";

/** Turns of the microtask queue after which nothing moves without time. */
const SETTLE_TURNS = 300;

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Time that passes only when all else has come to rest. */
export class SimClock implements Clock {
  #nowMs = 0;
  #sleepers: Sleeper[] = [];

  /** Simulated time since the start, in ms. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Resolves when simulated time has come so far. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      };
      const wake = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { dueMs: this.#nowMs + Math.max(ms, 0), wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** Lets simulated time pass. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    while (true) {
      for (let turn = 0; turn < SETTLE_TURNS; turn++) await Promise.resolve();
      const dueMs = Math.min(...this.#sleepers.map(({ dueMs }) => dueMs));
      if (dueMs > endMs) break;
      this.#nowMs = dueMs;
      const due = this.#sleepers.filter((one) => one.dueMs <= dueMs);
      this.#sleepers = this.#sleepers.filter((one) => one.dueMs > dueMs);
      for (const { wake } of due) wake();
    }
    this.#nowMs = endMs;
  }
}

/** Random numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
