import type { TrafficTable } from "./report/input.ts";

/** What is read, and how. */
export interface TrafficReaderOptions {
  /** Lists the traffic of all virtual servers; one process. */
  list(): Promise<TrafficTable>;
  /** Whether the kernel counts at all (`net.ipv4.vs.run_estimation`). */
  isCounting(): Promise<boolean>;
  /** Never goes back, ms. */
  monotonicMs(): number;
  /** A reading serves for so long, ms. */
  readonly maxAgeMs: number;
}

/**
 * Reads the kernel's counters when somebody asks: once for all who ask at the
 * same time, and not again while the last reading is young.
 */
export class TrafficReader {
  readonly #options: TrafficReaderOptions;
  #reading: Promise<TrafficTable | undefined> | undefined;
  #startedMs = -Infinity;

  /** Nothing is read before somebody asks. */
  constructor(options: TrafficReaderOptions) {
    this.#options = options;
  }

  /** The table; undefined: the kernel does not count, or cannot be read. */
  read(): Promise<TrafficTable | undefined> {
    const nowMs = this.#options.monotonicMs();
    if (
      this.#reading === undefined ||
      nowMs - this.#startedMs >= this.#options.maxAgeMs
    ) {
      this.#startedMs = nowMs;
      this.#reading = this.#list();
    }
    return this.#reading;
  }

  async #list(): Promise<TrafficTable | undefined> {
    try {
      if (!await this.#options.isCounting()) return undefined;
      return await this.#options.list();
    } catch {
      // The failure is counted with its tool; absent is better than wrong.
      return undefined;
    }
  }
}
