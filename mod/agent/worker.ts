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
import { hasRefusedAll, type LeftUnit, tellStuck } from "./isolation.ts";
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

/** What is to be tried after a group. */
interface NextGroups {
  /** Before all others: nothing of it was refused. */
  readonly soon?: readonly Group[];
  /** After all others. */
  readonly late?: readonly Group[];
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
 * refused, it lists again what was touched, lets go on who merely waited, and
 * tries the others by halves, until what is refused stands alone (I8).
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
    // Those that are known to fail keep nobody else from being done.
    const queue = [
      units.filter(({ error }) => error === undefined),
      units.filter(({ error }) => error !== undefined),
    ].filter(({ length }) => length > 0)
      .map((some): Group => ({ units: some, isRetry: false }));
    let tries = 0;
    for (let group = queue.shift(); group; group = queue.shift()) {
      if (tries++ >= MAX_TRIES) {
        fail(group.units, "too much was refused in this pass", report);
        continue;
      }
      const { soon = [], late = [] } = await this.#try(
        group,
        connections,
        report,
      );
      queue.unshift(...soon);
      queue.push(...late);
    }
    return report;
  }

  /** Tries a group; gives the groups that are to be tried next, and last. */
  async #try(
    asked: Group,
    connections: DiffOptions["connections"],
    report: WorkReport,
  ): Promise<NextGroups> {
    const group = await this.#withoutDoubts(asked, report);
    const touched = mergeTouched(group.units);
    if (isUntouched(touched)) return {};
    const result = this.#kernel.compare(touched, connections);
    report.results.push(result);
    count(result, report);
    try {
      await this.#kernel.apply(result);
      return {};
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof StepError)) throw error;
      const listed = await this.#listAgain(error, touched);
      if (listed !== undefined) {
        fail(group.units, `${reason}; ${listed}`, report);
        return {};
      }
      return this.#isolate(group, { connections, error, report });
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

  /**
   * Those that are not done. Those that wait for what is refused go on without
   * it; it is tried together once more, then by halves, unless each line of it
   * has had its answer.
   */
  async #isolate(
    group: Group,
    { connections, error, report }: {
      connections: DiffOptions["connections"];
      error: StepError;
      report: WorkReport;
    },
  ): Promise<NextGroups> {
    const left: LeftUnit[] = [];
    for (const unit of group.units) {
      const result = this.#kernel.compare(unit.touched, connections);
      const { changes } = result;
      if (countChanges(changes) > 0) left.push({ unit, changes });
      else await this.#kernel.note(result);
    }
    if (left.length === 0) return {};
    const { stuck, waiting } = tellStuck(left, error.step);
    const soon = waiting.length > 0 ? [{ units: waiting, isRetry: false }] : [];
    if (!group.isRetry) {
      return { soon, late: [{ units: stuck, isRetry: true }] };
    }
    if (stuck.length === 1 || hasRefusedAll(error, stuck.length)) {
      fail(stuck, error.message, report);
      return { soon };
    }
    const middle = Math.ceil(stuck.length / 2);
    const late = [stuck.slice(0, middle), stuck.slice(middle)]
      .map((half) => ({ units: half, isRetry: true }));
    return { soon, late };
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
