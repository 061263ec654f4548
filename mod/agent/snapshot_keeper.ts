import type { Clock } from "#apply";
import type { ClusterModel } from "#model";
import { Alarm } from "./alarm.ts";
import { writeSnapshot } from "./snapshot_file.ts";
import type { SnapshotStore } from "./snapshot_store.ts";
import type { SourceEvent } from "./sources.ts";
import { reasonOf } from "./status.ts";
import type { SourceKind } from "./types.ts";

/** From one snapshot to the next at least, ms; the first waits as long. */
const EVERY_MS = 60_000;
/** Writing takes one part in so many of the time at most. */
const SHARE = 200;
/** What has not changed is written again, to tell that it still holds, ms. */
const REFRESH_MS = 6 * 3_600_000;

/** What keeping a snapshot takes. */
export interface SnapshotKeeperOptions {
  /** Where it goes. */
  readonly store: SnapshotStore;
  /** What is known of the cluster. */
  readonly model: ClusterModel;
  /** Name of this node. */
  readonly nodeName: string;
  /** Time. */
  readonly clock: Clock;
  /** Whether what is known is what the API server said, all of it. */
  mayWrite(): boolean;
  /** What is known, and is about to be written, is what the kernel holds. */
  inStep(): Promise<void>;
  /** Tells an operator. */
  warn(message: string): void;
}

/**
 * Keeps a snapshot of what is known of the cluster on disk. It is written as
 * a whole, so not at each change but at a pace, line by line from what the
 * model holds anyway.
 */
export class SnapshotKeeper {
  readonly #o: SnapshotKeeperOptions;
  readonly #alarm: Alarm;
  readonly #behind = new Set<SourceKind>();
  #hasNews = true;
  #isFailing = false;
  #nextMs: number;
  #refreshMs = 0;
  /** When all sources were last known to be in step, ms since 1970. */
  #inStepMs = 0;

  /** When one was written last, ms since 1970; undefined: not yet. */
  writtenMs: number | undefined;

  /** Nothing is written before `run`. */
  constructor(options: SnapshotKeeperOptions) {
    this.#o = options;
    this.#alarm = new Alarm(options.clock);
    this.#nextMs = options.clock.monotonicMs() + EVERY_MS;
  }

  /** Whether the last try to write failed. */
  get isBehind(): boolean {
    return this.#isFailing;
  }

  /** Takes an event of a source; `isNews`: what is known has changed. */
  note({ source, event }: SourceEvent, isNews: boolean): void {
    if (event.kind === "desynced") {
      if (this.#behind.size === 0) this.#inStepMs = this.#o.clock.nowMs();
      this.#behind.add(source);
    } else if (event.kind === "synced") {
      this.#behind.delete(source);
      this.#alarm.wake();
    }
    if (!isNews || this.#hasNews) return;
    this.#hasNews = true;
    this.#alarm.wake();
  }

  /** Writes when it is time to, and at the end what is not written yet. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#alarm.wake();
    signal.addEventListener("abort", stop);
    while (!signal.aborted) {
      const nowMs = this.#o.clock.monotonicMs();
      const dueMs = this.#hasNews ? this.#nextMs : this.#refreshMs;
      if (dueMs > nowMs) await this.#alarm.rest(dueMs - nowMs, signal);
      else if (this.#mayWrite) await this.#write();
      else await this.#alarm.rest(EVERY_MS, signal);
    }
    signal.removeEventListener("abort", stop);
    if (this.#hasNews && this.#o.mayWrite()) await this.#write();
  }

  /** What is old is not passed off as new: a refresh needs all in step. */
  get #mayWrite(): boolean {
    return this.#o.mayWrite() && (this.#hasNews || this.#behind.size === 0);
  }

  async #write(): Promise<void> {
    const { store, model, nodeName, clock, warn } = this.#o;
    const startMs = clock.monotonicMs();
    const takenMs = this.#behind.size === 0 ? clock.nowMs() : this.#inStepMs;
    this.#hasNews = false;
    try {
      await this.#o.inStep();
      await writeSnapshot(store, model, {
        header: { node: nodeName, takenMs },
      });
      this.writtenMs = clock.nowMs();
      if (this.#isFailing) warn(`Snapshot: written again to ${store.path}`);
      this.#isFailing = false;
    } catch (error) {
      this.#hasNews = true;
      if (!this.#isFailing) {
        warn(
          `Cannot write the snapshot ${store.path}: ${
            reasonOf(error)
          }; it is ` +
            "tried again; without it this node waits for the API server after " +
            "a reboot",
        );
      }
      this.#isFailing = true;
    }
    const endMs = clock.monotonicMs();
    this.#nextMs = endMs + Math.max(EVERY_MS, (endMs - startMs) * SHARE);
    this.#refreshMs = endMs + REFRESH_MS;
  }
}
