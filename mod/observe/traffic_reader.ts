import type { TrafficTable } from "./report/input.ts";

/** What is read, and how. */
export interface TrafficReaderOptions<Table = TrafficTable> {
  /** Lists all virtual servers, their traffic as a rule; one process. */
  list(): Promise<Table>;
  /**
   * Whether the kernel counts at all (`net.ipv4.vs.run_estimation`); absent:
   * what is listed is there in any case.
   */
  isCounting?(): Promise<boolean>;
  /** Never goes back, ms. */
  monotonicMs(): number;
  /** A reading serves for so long, ms. */
  readonly maxAgeMs: number;
}

/**
 * Reads the kernel's table when somebody asks: once for all who ask at the
 * same time, and not again while the last reading is young.
 */
export class TrafficReader<Table = TrafficTable> {
  readonly #options: TrafficReaderOptions<Table>;
  #reading: Promise<Table | undefined> | undefined;
  #startedMs = -Infinity;

  /** Nothing is read before somebody asks. */
  constructor(options: TrafficReaderOptions<Table>) {
    this.#options = options;
  }

  /** The table; undefined: the kernel does not count, or cannot be read. */
  read(): Promise<Table | undefined> {
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

  async #list(): Promise<Table | undefined> {
    try {
      if (await this.#options.isCounting?.() === false) return undefined;
      return await this.#options.list();
    } catch {
      // The failure is counted with its tool; absent is better than wrong.
      return undefined;
    }
  }
}
