import {
  addTouched,
  newTouched,
  type Touched,
  type TouchedBuilder,
} from "#diff";
import type { ServiceName } from "#model";

/** What has to be compared for one Service, until it is done. */
export interface WorkUnit {
  /** Name of the Service, or of another cause. */
  readonly id: string;
  /** What to compare. */
  readonly touched: TouchedBuilder;
  /** Tries that failed. */
  readonly attempts: number;
  /** Not before, ms of the monotonic clock. */
  readonly notBeforeMs: number;
  /** Why the last try failed. */
  readonly error?: string;
  /** Part of a change of everything: single changes go before it. */
  readonly isBulk: boolean;
}

interface Mark {
  readonly sinceMs: number;
  readonly isBulk: boolean;
}

/**
 * What is to be done: Services to plan anew, and what planning touched and
 * the kernel does not have yet. A Service that fails waits by itself, longer
 * each time; a new change of it is tried at once.
 */
export class WorkQueue {
  readonly #first: ReadonlySet<string>;
  readonly #dirty = new Map<ServiceName, Mark>();
  readonly #units = new Map<string, WorkUnit>();
  #wave = new Set<string>();

  /** `first` are the Services that are taken before all others. */
  constructor(first: ReadonlySet<string>) {
    this.#first = first;
  }

  /** Marks Services to be planned anew; a mark keeps its first time. */
  mark(
    services: Iterable<ServiceName>,
    nowMs: number,
    bulk?: "bulk",
  ): void {
    const isBulk = bulk !== undefined;
    for (const name of services) {
      const old = this.#dirty.get(name);
      if (old === undefined) this.#dirty.set(name, { sinceMs: nowMs, isBulk });
      else if (old.isBulk && !isBulk) {
        this.#dirty.set(name, { sinceMs: old.sinceMs, isBulk });
      }
    }
  }

  /** What is not done now is a wave of its own; what comes later is not. */
  beginWave(): void {
    this.#wave = new Set(this.pending);
  }

  /** Whether anything of the wave may be tried that has not been. */
  hasWave(nowMs: number): boolean {
    for (const id of this.#wave) {
      const unit = this.#units.get(id);
      const mayBeTried = this.#dirty.has(id as ServiceName) ||
        unit !== undefined && unit.notBeforeMs <= nowMs;
      if (mayBeTried) return true;
      this.#wave.delete(id);
    }
    return false;
  }

  /** Whether any Service waits to be planned. */
  get hasDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** How many Services are not done. */
  get size(): number {
    let size = this.#units.size;
    for (const name of this.#dirty.keys()) if (!this.#units.has(name)) size++;
    return size;
  }

  /** Names of all that is not done. */
  get pending(): ReadonlySet<string> {
    return new Set<string>([...this.#units.keys(), ...this.#dirty.keys()]);
  }

  /**
   * Takes dirty Services, `max` of them at most: the first ones, then those
   * that changed by themselves, then those of a change of everything.
   */
  takeDirty(max: number): Map<ServiceName, Mark> {
    const taken = new Map<ServiceName, Mark>();
    for (const name of this.#first as ReadonlySet<ServiceName>) {
      const mark = this.#dirty.get(name);
      if (mark !== undefined) taken.set(name, mark);
    }
    for (const isBulk of [false, true]) {
      for (const [name, mark] of this.#dirty) {
        if (taken.size >= max) break;
        if (mark.isBulk === isBulk) taken.set(name, mark);
      }
    }
    for (const name of taken.keys()) this.#dirty.delete(name);
    return taken;
  }

  /** Adds what a change touched; it may be tried at once. */
  touch(id: string, touched: Touched, bulk?: "bulk"): void {
    const old = this.#units.get(id);
    const all = newTouched();
    if (old !== undefined) addTouched(all, old.touched);
    addTouched(all, touched);
    this.#units.set(id, {
      id,
      touched: all,
      attempts: old?.attempts ?? 0,
      notBeforeMs: 0,
      isBulk: bulk !== undefined && (old?.isBulk ?? true),
    });
  }

  /** Units that may be tried now, the first Services' first. */
  due(nowMs: number): WorkUnit[] {
    const due = [...this.#units.values()].filter((unit) =>
      unit.notBeforeMs <= nowMs
    );
    return [
      ...due.filter((unit) => this.isFirst(unit)),
      ...due.filter((unit) => !this.isFirst(unit) && !unit.isBulk),
      ...due.filter((unit) => !this.isFirst(unit) && unit.isBulk),
    ];
  }

  /** Whether a unit is one of a Service that goes before all others. */
  isFirst({ id }: WorkUnit): boolean {
    return this.#first.has(id);
  }

  /** When the next unit may be tried; undefined: there is none. */
  nextDueMs(): number | undefined {
    let next: number | undefined;
    for (const { notBeforeMs } of this.#units.values()) {
      if (next === undefined || notBeforeMs < next) next = notBeforeMs;
    }
    return next;
  }

  /** A unit is done. */
  done(unit: WorkUnit): void {
    this.#wave.delete(unit.id);
    if (this.#units.get(unit.id) === unit) this.#units.delete(unit.id);
  }

  /** A unit failed; gives how long it waits. */
  fail(
    unit: WorkUnit,
    failure: {
      readonly error: string;
      readonly nowMs: number;
      readonly retryMs: number;
      readonly retryMaxMs: number;
    },
  ): number {
    const waitMs = Math.min(
      failure.retryMs * 2 ** Math.min(unit.attempts, 30),
      failure.retryMaxMs,
    );
    this.#wave.delete(unit.id);
    this.#units.set(unit.id, {
      ...unit,
      attempts: unit.attempts + 1,
      notBeforeMs: failure.nowMs + waitMs,
      error: failure.error,
    });
    return waitMs;
  }

  /** Units that failed, and why. */
  failures(): Map<string, string> {
    const failures = new Map<string, string>();
    for (const { id, error } of this.#units.values()) {
      if (error !== undefined) failures.set(id, error);
    }
    return failures;
  }

  /** Units that failed and wait for another try. */
  failing(): readonly WorkUnit[] {
    return [...this.#units.values()].filter(({ error }) => error !== undefined);
  }
}
