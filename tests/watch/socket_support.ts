import { follow } from "../../mod/watch/reflector.ts";
import type { WatchFailure } from "../../mod/watch/reflector_types.ts";
import type { Clock, Transport } from "../../mod/watch/transport.ts";
import type { ResourceSpec, WatchEvent } from "../../mod/watch/types.ts";
import type { Thing } from "./step_support.ts";

/** Time that runs faster than it is, so that waits of minutes can be seen. */
export class HurriedClock implements Clock {
  readonly #factor: number;

  constructor(factor = 100) {
    this.#factor = factor;
  }

  monotonicMs(): number {
    return performance.now() * this.#factor;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", abort);
        resolve();
      }, ms / this.#factor);
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}

/** Follows in the background and keeps what it is told. */
export class Following implements AsyncDisposable {
  /** Objects as a consumer holds them. */
  readonly objects: Map<string, string> = new Map();
  /** All events but upserts and deletes: "synced", "desynced: why", ... */
  readonly told: string[] = [];
  /** All failures of requests. */
  readonly failures: WatchFailure[] = [];
  readonly #stop: AbortController = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    spec: ResourceSpec<Thing>,
    transport: Transport,
    clock: Clock = new HurriedClock(20),
  ) {
    this.#done = this.#run(spec, transport, clock);
  }

  /** Waits until the condition holds; after 20 s it says what is there. */
  async until(
    what: string,
    condition: (following: this) => boolean,
  ): Promise<void> {
    const endMs = performance.now() + 20_000;
    while (!condition(this)) {
      if (performance.now() > endMs) {
        const objects = [...this.objects].join(" ");
        throw new Error(
          `Not seen: ${what}; told: ${this.told.join(" | ")}; ` +
            `objects: ${objects}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(
    spec: ResourceSpec<Thing>,
    transport: Transport,
    clock: Clock,
  ): Promise<void> {
    const batches = follow(spec, {
      transport,
      clock,
      signal: this.#stop.signal,
      random: Math.random,
      onFailure: (failure) => this.failures.push(failure),
    });
    for await (const batch of batches) {
      for (const event of batch) this.#fold(event);
    }
  }

  #fold(event: WatchEvent<Thing>): void {
    if (event.kind === "upsert") {
      this.objects.set(event.key, event.object.version);
    } else if (event.kind === "delete") this.objects.delete(event.key);
    else if (event.kind === "synced") this.told.push("synced");
    else this.told.push(`${event.kind}: ${event.reason}`);
  }
}
