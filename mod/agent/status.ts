import type { Clock } from "#apply";
import type { Foreign } from "#diff";
import type { Kernel } from "./kernel.ts";
import type { StateFile } from "./state_file.ts";
import type {
  AgentObserver,
  AgentSnapshot,
  DriftKind,
  PassReport,
  SavedSnapshot,
  SourceKind,
} from "./types.ts";
import type { WorkQueue } from "./work_queue.ts";

/** More foreign things than these are counted, not named. */
const MAX_FOREIGN = 1000;

/** What is remembered for status and metrics, and told to the observer. */
export class Status {
  readonly #clock: Clock;
  readonly #observer: AgentObserver;
  readonly #known = new Map<string, Foreign>();
  readonly #repairs = new Map<DriftKind, number>();

  /** It was told that not all is there. */
  #isPartTold = false;
  /** The last pass. */
  lastPass: PassReport | undefined;
  /** When the last pass without failures ended, ms of the monotonic clock. */
  #successMs: number | undefined;
  /** When the last audit ended, ms of the monotonic clock. */
  #auditMs: number | undefined;
  /** When all that all Services need was last there, ms of the same. */
  #agreedMs: number | undefined;

  /** Tells `observer`. */
  constructor(clock: Clock, observer: AgentObserver) {
    this.#clock = clock;
    this.#observer = observer;
  }

  /** Damage repaired since the start, by kind. */
  get repairs(): ReadonlyMap<DriftKind, number> {
    return this.#repairs;
  }

  /** Foreign things that are known. */
  get foreign(): readonly Foreign[] {
    return [...this.#known.values()];
  }

  /** A pass is over. */
  passed(report: PassReport): void {
    this.lastPass = report;
    if (report.failures.size === 0) this.#successMs = this.#monotonicMs();
    this.#observer.passed?.(report);
  }

  /** The first passes are over. */
  ready(isWhole: boolean, failing: number): void {
    this.#isPartTold = !isWhole;
    this.#observer.ready?.({ isWhole, failing });
  }

  /** An audit is over, whatever it found; `isWhole`: nothing is left. */
  audited(isWhole: boolean, failing: number): void {
    this.#auditMs = this.#monotonicMs();
    if (!isWhole) return;
    this.agreed();
    if (this.#isPartTold) this.ready(isWhole, failing);
  }

  /** Everything was compared, and what all Services need is there. */
  agreed(): void {
    this.#agreedMs = this.#monotonicMs();
  }

  /** Foreign things; `all`: there are no others. */
  saw(things: readonly Foreign[], all?: "all"): void {
    if (all !== undefined) {
      const names = new Set(things.map(foreignName));
      for (const name of this.#known.keys()) {
        if (!names.has(name)) this.#known.delete(name);
      }
    }
    for (const thing of things) {
      const name = foreignName(thing);
      if (this.#known.has(name) || this.#known.size >= MAX_FOREIGN) continue;
      this.#known.set(name, thing);
      this.#observer.foreign?.(thing);
    }
  }

  /** Damage that is being repaired. */
  repaired(counts: ReadonlyMap<DriftKind, number>): void {
    for (const [kind, count] of counts) {
      if (count === 0) continue;
      this.#repairs.set(kind, (this.#repairs.get(kind) ?? 0) + count);
      this.#observer.repaired?.(kind, count);
    }
  }

  #monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  /**
   * What the wall clock would have shown then, were it always what it is now:
   * who takes it from the time has how long ago it was, though it was set.
   */
  #wallMs(monotonicMs: number | undefined): number | undefined {
    if (monotonicMs === undefined) return undefined;
    return this.#clock.nowMs() - (this.#monotonicMs() - monotonicMs);
  }

  /** All of it, with what the other parts know. */
  snapshot({ kernel, state, queue, services, nowMs, ...rest }: {
    readonly kernel: Kernel | undefined;
    readonly state: StateFile | undefined;
    readonly queue: WorkQueue;
    readonly services: number;
    /** Now, on the clock of what the kernel remembers. */
    readonly nowMs: number;
    readonly isReady: boolean;
    readonly waitingFor: readonly SourceKind[];
    readonly saved?: SavedSnapshot;
  }): AgentSnapshot {
    const failures = queue.failures();
    return {
      ...rest,
      counts: {
        services,
        virtualServers: kernel?.desired.virtualServers.size ?? 0,
        pending: queue.size,
        failing: failures.size,
        drains: state?.drains.size ?? 0,
        departures: kernel?.departures.size ?? 0,
        owned: state?.ownership.size ?? 0,
      },
      failures,
      conflicts: kernel?.desired.conflicts() ?? [],
      foreign: this.foreign,
      repairs: this.repairs,
      lastPass: this.lastPass,
      lastSuccessMs: this.#wallMs(this.#successMs),
      lastAuditMs: this.#wallMs(this.#auditMs),
      lastAgreedMs: this.#wallMs(this.#agreedMs),
      failingTables: new Map(
        [...kernel?.tools.failing ?? []].map(([table, sinceMs]) =>
          [table, this.#clock.nowMs() - (nowMs - sinceMs)] as const
        ),
      ),
      isStateBehind: state?.isBehind ?? false,
    };
  }

  /** Something that an operator should know. */
  warn(message: string): void {
    this.#observer.warned?.(message);
  }
}

function foreignName({ kind, name, inTheWay }: Foreign): string {
  return `${kind} ${name} ${inTheWay}`;
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
