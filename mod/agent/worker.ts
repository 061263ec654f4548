import {
  addTouched,
  countChanges,
  type DiffOptions,
  type DiffResult,
  isUntouched,
  newTouched,
  type Touched,
} from "#diff";
import { StepError } from "./applier.ts";
import type { Kernel } from "./kernel.ts";
import type { WorkUnit } from "./work_queue.ts";

/** So many tries a pass spends on finding what the kernel refuses. */
const MAX_TRIES = 48;

/** Units that are tried together. */
interface Group {
  readonly units: readonly WorkUnit[];
  /** Whether they have failed together before. */
  readonly isRetry: boolean;
}

/** What working on some units came to. */
export interface WorkReport {
  /** Lines of batches that were sent. */
  readonly lines: { ipvs: number; other: number };
  /** Units that are not done, and why. */
  readonly failed: Map<WorkUnit, string>;
  /** What was found, try by try. */
  readonly results: DiffResult[];
}

/**
 * Does what units ask for with one batch for each table. When a batch is
 * refused, it lists again what was touched, finds who is not done, and tries
 * those by halves, until what is refused stands alone (I8).
 */
export class Worker {
  readonly #kernel: Kernel;

  /** Works on a kernel. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Works on units; never throws for what the host refuses. */
  async work(
    units: readonly WorkUnit[],
    connections: DiffOptions["connections"] = "stale",
  ): Promise<WorkReport> {
    const report: WorkReport = {
      lines: { ipvs: 0, other: 0 },
      failed: new Map(),
      results: [],
    };
    const queue: Group[] = [{ units, isRetry: false }];
    let tries = 0;
    for (let group = queue.shift(); group; group = queue.shift()) {
      if (tries++ >= MAX_TRIES) {
        fail(group.units, "too much was refused in this pass", report);
        continue;
      }
      queue.push(...await this.#try(group, connections, report));
    }
    return report;
  }

  /** Tries a group; gives the groups that are to be tried after it. */
  async #try(
    asked: Group,
    connections: DiffOptions["connections"],
    report: WorkReport,
  ): Promise<readonly Group[]> {
    const group = await this.#withoutDoubts(asked, report);
    const touched = mergeTouched(group.units);
    if (isUntouched(touched)) return [];
    const result = this.#kernel.compare(touched, connections);
    report.results.push(result);
    count(result, report);
    try {
      await this.#kernel.apply(result);
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof StepError)) throw error;
      const listed = await this.#listAgain(error, touched);
      if (listed !== undefined) {
        fail(group.units, `${reason}; ${listed}`, report);
        return [];
      }
      return this.#isolate(group, { connections, reason, report });
    }
  }

  /**
   * What a batch made that could not be read back is read first: taken for
   * absent, it would be refused as if others had made it, and given up.
   */
  async #withoutDoubts(group: Group, report: WorkReport): Promise<Group> {
    const { doubts } = this.#kernel;
    const { servers, addresses } = doubts.of(mergeTouched(group.units));
    try {
      if (servers.length > 0) await this.#kernel.listServers(servers);
      if (addresses) await this.#kernel.listAddresses();
      return group;
    } catch (error) {
      const waits = ({ touched }: WorkUnit): boolean => doubts.concern(touched);
      const reason = error instanceof Error ? error.message : String(error);
      fail(group.units.filter(waits), reason, report);
      const units = group.units.filter((unit) => !waits(unit));
      return { ...group, units };
    }
  }

  /** Those that are not done: together once more, then by halves. */
  async #isolate(
    group: Group,
    { connections, reason, report }: {
      connections: DiffOptions["connections"];
      reason: string;
      report: WorkReport;
    },
  ): Promise<readonly Group[]> {
    const units: WorkUnit[] = [];
    for (const unit of group.units) {
      const left = this.#kernel.compare(unit.touched, connections);
      if (countChanges(left.changes) > 0) units.push(unit);
      else await this.#kernel.note(left);
    }
    if (units.length === 0) return [];
    if (!group.isRetry) return [{ units, isRetry: true }];
    if (units.length === 1) {
      fail(units, reason, report);
      return [];
    }
    const middle = Math.ceil(units.length / 2);
    return [units.slice(0, middle), units.slice(middle)]
      .map((half) => ({ units: half, isRetry: true }));
  }

  /** Reads back what is in doubt; gives why that cannot be done. */
  async #listAgain(
    error: StepError,
    touched: Touched,
  ): Promise<string | undefined> {
    try {
      await this.#kernel.listAgain(error.step, touched);
      return undefined;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return `nor can it be read back: ${reason}`;
    }
  }
}

function mergeTouched(group: readonly WorkUnit[]): Touched {
  if (group.length === 1 && group[0] !== undefined) return group[0].touched;
  const all = newTouched();
  for (const unit of group) addTouched(all, unit.touched);
  return all;
}

function fail(
  units: readonly WorkUnit[],
  reason: string,
  report: WorkReport,
): void {
  for (const unit of units) report.failed.set(unit, reason);
}

function count({ changes }: DiffResult, { lines }: WorkReport): void {
  lines.ipvs += changes.ipvs.length;
  lines.other += countChanges(changes) - changes.ipvs.length;
}
