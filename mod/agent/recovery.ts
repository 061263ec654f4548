import type { Clock, Host } from "#apply";
import type { RunDirectory } from "./run_directory.ts";
import { checkSnapshot, readSnapshot } from "./snapshot_file.ts";
import type { SnapshotStore } from "./snapshot_store.ts";
import type { Readiness, SourceEvent } from "./sources.ts";
import { reasonOf } from "./status.ts";
import type { SourceKind } from "./types.ts";

/** The API server has so long to tell everything, ms. */
const PATIENCE_MS = 10_000;
/** What an older snapshot says of pods is not worth anything, ms. */
const MAX_AGE_MS = 7 * 24 * 3_600_000;

/**
 * Name of the file in the run directory that says that the kernel was filled
 * from a snapshot, wholly or in part.
 */
export const RECOVERED_FILE = "recovered";
const RECOVERED = "from a snapshot\n";

/** What recovering takes. */
export interface RecoveryOptions {
  /** Where the snapshot is. */
  readonly store: SnapshotStore;
  /** Doors to the host. */
  readonly host: Pick<Host, "ipSets" | "links">;
  /** Where a record of it is kept until the next boot. */
  readonly runDirectory: RunDirectory;
  /** Name of our device. */
  readonly device: string;
  /** Name of this node. */
  readonly nodeName: string;
  /** Time. */
  readonly clock: Clock;
  /** What the API server has told. */
  readonly readiness: Readiness;
  /** Enters an object, or takes it out. */
  fold(input: SourceEvent): void;
  /** All that the snapshot has is entered. */
  recovered(): void;
  /** Tells an operator. */
  warn(message: string): void;
}

/**
 * After a boot without an API server: what the last snapshot says is entered
 * as if it had been told, but for what the API server has told itself. Once
 * that has told everything, whatever only the snapshot knew is taken out.
 */
export class Recovery {
  readonly #o: RecoveryOptions;
  readonly #told = new Map<SourceKind, Set<string>>();
  readonly #brought = new Map<SourceKind, Set<string>>();
  #hasOtherNodes = false;

  /** Nothing is read before `run`. */
  constructor(options: RecoveryOptions) {
    this.#o = options;
  }

  /** Takes note of what the API server tells. */
  hear({ source, event }: SourceEvent): void {
    if (event.kind !== "upsert" && event.kind !== "delete") return;
    this.#brought.get(source)?.delete(event.key);
    keysOf(this.#told, source).add(event.key);
  }

  /** The API server has told all other Nodes. */
  hearOtherNodes(): void {
    this.#hasOtherNodes = true;
  }

  /** What only the snapshot knew; nothing is kept in mind after it. */
  takeLeftovers(): SourceEvent[] {
    const leftovers = [...this.#brought].flatMap(([source, keys]) =>
      [...keys].map((key): SourceEvent => ({
        source,
        event: { kind: "delete", key },
      }))
    );
    this.#brought.clear();
    this.#told.clear();
    return leftovers;
  }

  /** Waits for the API server for a while; then reads the snapshot. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, readiness, store, warn } = this.#o;
    try {
      await clock.sleep(PATIENCE_MS, signal);
    } catch {
      return; // the signal, which is the way to end this
    }
    if (readiness.isComplete) return;
    try {
      await this.#recover(signal);
    } catch (error) {
      warn(
        `Cannot use the snapshot ${store.path}: ${reasonOf(error)}; the API ` +
          "server is waited for",
      );
    }
  }

  async #recover(signal: AbortSignal): Promise<void> {
    const { store, readiness, warn } = this.#o;
    const missing = readiness.waitingFor.join(", ");
    if (await this.#holdsOurs()) {
      warn(
        `The API server has not told all within ${PATIENCE_MS / 1000} s ` +
          `(missing: ${missing}); what the kernel holds stays as it is`,
      );
      return;
    }
    const takenMs = await this.#check();
    let count = 0;
    for await (const input of readSnapshot(store)) {
      if (signal.aborted || readiness.isComplete) return;
      if (this.#enter(input)) count++;
    }
    if (readiness.isComplete) return;
    await this.#record(RECOVERED);
    readiness.isProvisional = true;
    warn(
      `The API server has not told all within ${PATIENCE_MS / 1000} s ` +
        `(missing: ${missing}) and nothing better is known: ${count} objects ` +
        `of ${new Date(takenMs).toISOString()} are used from ` +
        `${store.path} until it does`,
    );
    this.#o.recovered();
  }

  /** When the snapshot was taken, ms since 1970. */
  async #check(): Promise<number> {
    const { store, nodeName, clock } = this.#o;
    const check = await checkSnapshot(store);
    if (check.kind === "none") throw new Error("there is none yet");
    if (check.kind === "bad") throw new Error(check.reason);
    const { node, takenMs } = check.header;
    if (node !== nodeName) {
      throw new Error(`it is of node "${node}", this is "${nodeName}"`);
    }
    // A clock that is behind, as before NTP answers, tells nothing of age.
    const ageMs = clock.nowMs() - takenMs;
    if (ageMs > MAX_AGE_MS) {
      const days = Math.floor(ageMs / 86_400_000);
      throw new Error(`it is ${days} days old, 7 are the most`);
    }
    return takenMs;
  }

  /**
   * Any set or address of ours: then this is no boot, and it is better. What
   * a run before this one began to recover may be only half there.
   */
  async #holdsOurs(): Promise<boolean> {
    const { host, device, runDirectory } = this.#o;
    if (await runDirectory.read(RECOVERED_FILE) === RECOVERED) return false;
    if ((await host.ipSets.list()).size > 0) return true;
    const seen = await host.links.device(device);
    return seen !== undefined && seen.addresses.size > 0;
  }

  /** The kernel is what the API server said, which is better from now on. */
  async forget(): Promise<void> {
    const { runDirectory } = this.#o;
    if (await runDirectory.read(RECOVERED_FILE) === RECOVERED) {
      await this.#record("");
    }
  }

  async #record(text: string): Promise<void> {
    try {
      await this.#o.runDirectory.replace(RECOVERED_FILE, text);
    } catch (error) {
      this.#o.warn(`Cannot record the recovery: ${reasonOf(error)}`);
    }
  }

  /** Enters an object, unless the API server has told of it itself. */
  #enter(input: SourceEvent): boolean {
    const { source, event } = input;
    const { nodeName, readiness, fold } = this.#o;
    if (event.kind !== "upsert") return false;
    if (source === "Node" && event.key !== nodeName) {
      if (this.#hasOtherNodes) return false;
    } else if (
      !readiness.waitingFor.includes(source) ||
      this.#told.get(source)?.has(event.key)
    ) return false;
    fold(input);
    // Nodes are replaced as a whole, or stay as they were last known.
    if (source !== "Node") keysOf(this.#brought, source).add(event.key);
    return true;
  }
}

function keysOf(
  keys: Map<SourceKind, Set<string>>,
  source: SourceKind,
): Set<string> {
  const known = keys.get(source) ?? new Set();
  keys.set(source, known);
  return known;
}
