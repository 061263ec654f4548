import { isSetInUse } from "#apply";
import { addressEntry, type DiffOptions, elementId, newTouched } from "#diff";
import type { ServiceName } from "#model";
import type { VirtualServerKey } from "#plan";
import { countDrift, withoutChanges } from "./drift.ts";
import type { FlowsKeeper } from "./flows_keeper.ts";
import type { Kernel } from "./kernel.ts";
import type { Planner } from "./planner.ts";
import type { RulesKeeper } from "./rules_keeper.ts";
import type { StateFile } from "./state_file.ts";
import { reasonOf, type Status } from "./status.ts";
import type { AgentTiming, DriftKind, PassReport } from "./types.ts";
import {
  cutUnits,
  drainUnits,
  revivedFirst,
  unitOf,
  unitsOf,
} from "./units.ts";
import type { WorkQueue, WorkUnit } from "./work_queue.ts";
import { Worker, type WorkReport } from "./worker.ts";

/** Services that one pass plans; the rest follows in the next. */
const MAX_SERVICES = 2_000;
/** More draining virtual servers are looked at by the clock alone. */
const MAX_SETTLED = 4;

/** What passes work with. */
export interface PassesOptions {
  /** Both sides. */
  readonly kernel: Kernel;
  /** What is to be done. */
  readonly queue: WorkQueue;
  /** Plans Services. */
  readonly planner: Planner;
  /** Record of what is ours. */
  readonly state: StateFile;
  /** What is remembered. */
  readonly status: Status;
  /** Times. */
  readonly timing: AgentTiming;
  /** Writes the rules. */
  readonly rulesKeeper: RulesKeeper;
  /** Deletes stale tracked connections. */
  readonly flowsKeeper: FlowsKeeper;
  /** Never goes back, ms. */
  monotonicMs(): number;
  /** Told when a unit waits for another try. */
  failed(unit: string, reason: string, retryInMs: number): void;
}

/** The things that a turn of the loop may do, one method each. */
export class Passes {
  readonly #o: PassesOptions;
  readonly #worker: Worker;

  /** Whether the last look at the host left nothing undone. */
  isWhole = true;

  /** Takes the parts. */
  constructor(options: PassesOptions) {
    this.#o = options;
    this.#worker = new Worker(options.kernel);
  }

  /** Plans what changed and brings the kernel there, or part of the way. */
  async change(reason: PassReport["reason"]): Promise<void> {
    const { planner, kernel, monotonicMs } = this.#o;
    const startMs = monotonicMs();
    const oldestChangeMs = planner.plan(kernel, MAX_SERVICES);
    const units = cutUnits(this.#due(startMs), kernel.desired);
    const report = await this.#work(units);
    await this.#settleDrains(report);
    await this.#o.flowsKeeper.flush();
    this.#report({ reason, units, report, startMs, oldestChangeMs });
  }

  /** Looks at connections of real servers that drain. */
  async drains(): Promise<void> {
    const { state, monotonicMs } = this.#o;
    const startMs = monotonicMs();
    const report = await this.#endDrains(state.drains.keys());
    await this.#o.flowsKeeper.flush();
    if (report !== undefined) {
      this.#report({ reason: "drain", units: [], report, startMs });
    }
  }

  /** Takes addresses whose time has come. */
  async departures(nowMs: number): Promise<void> {
    const { kernel, monotonicMs } = this.#o;
    const startMs = monotonicMs();
    const touched = newTouched();
    for (const [address, goesMs] of kernel.departures) {
      if (goesMs > nowMs) continue;
      touched.addresses.add(address);
      const guard = addressEntry(address);
      touched.elements.set(elementId(guard), guard);
    }
    const report = await this.#work([unitOf("departures", touched)]);
    for (const address of touched.addresses) {
      if (!kernel.departures.has(address)) continue;
      kernel.departures.set(address, nowMs + this.#o.timing.retryMs);
    }
    this.#report({ reason: "change", units: [], report, startMs });
  }

  /** Makes what all need and lists the rest; sets are listed. */
  async prepare(): Promise<void> {
    await this.#makeAll();
  }

  /** After the first plans: takes what is ours and not wanted. */
  async leftovers(): Promise<void> {
    await this.#compareAll("start", new Map());
    if (this.isWhole) this.#o.status.agreed();
  }

  /** Lists everything, compares everything, and repairs. */
  async audit(reason: "audit" | "heal"): Promise<void> {
    await this.#o.state.keepTimes();
    await this.#compareAll(reason, await this.#listAll());
    await this.#o.kernel.proveTools();
    this.#o.status.audited(this.isWhole, this.#o.queue.failures().size);
  }

  /** What may be tried now, what nobody waits for last. */
  #due(nowMs: number): WorkUnit[] {
    const { queue, kernel: { desired, observed } } = this.#o;
    const isFirst = queue.isFirst.bind(queue);
    return revivedFirst(queue.due(nowMs), { desired, observed, isFirst });
  }

  async #compareAll(
    reason: PassReport["reason"],
    counts: Map<DriftKind, number>,
  ): Promise<void> {
    const { kernel, planner, queue, status, monotonicMs } = this.#o;
    const startMs = monotonicMs();
    const result = kernel.compare("all", "fresh");
    const waiting = planner.leftToRetries(kernel);
    status.saw(result.foreign, "all");
    if (reason !== "start") {
      const drift = countDrift(result, waiting);
      for (const [kind, count] of drift) counts.set(kind, count);
      status.repaired(counts);
    }
    await kernel.note(withoutChanges(result));
    for (const unit of unitsOf(result, waiting)) {
      queue.touch(unit.id, unit.touched, "bulk");
    }
    const due = cutUnits(this.#due(startMs), kernel.desired);
    const report = await this.#work(due, "fresh");
    await this.#o.flowsKeeper.flush();
    this.#report({ reason, units: [], report, startMs });
  }

  /** Lists the device alone and puts back what is missing of it. */
  async device(): Promise<void> {
    const { kernel, status, monotonicMs } = this.#o;
    const startMs = monotonicMs();
    const isMissing = await kernel.ensureDevice();
    const touched = newTouched();
    for (const address of kernel.desired.addresses()) {
      touched.addresses.add(address);
    }
    const { changes } = kernel.compare(touched, "stale");
    status.repaired(
      new Map<DriftKind, number>([
        ["device", isMissing ? 1 : 0],
        ["address", changes.addressAdds.length],
      ]),
    );
    const report = await this.#work([unitOf("device", touched)]);
    this.#report({ reason: "heal", units: [], report, startMs });
  }

  /**
   * Lists everything and makes what all Services need. A set or the rules
   * that cannot be made keep nothing else from being done.
   */
  async #listAll(): Promise<Map<DriftKind, number>> {
    await this.#o.kernel.listSets();
    return await this.#makeAll();
  }

  async #makeAll(): Promise<Map<DriftKind, number>> {
    const { kernel } = this.#o;
    const counts = new Map<DriftKind, number>();
    let sets: true | undefined = true;
    if (kernel.badSets > 0) {
      counts.set("set", kernel.badSets);
      sets = await this.#attempt(
        "make all sets",
        () => this.#ensureSets().then(() => true as const),
      );
    }
    const rules = await this.#attempt(
      "write the rules",
      () => this.#o.rulesKeeper.ensure("audit"),
    );
    counts.set("rule", rules ?? 0);
    if (await kernel.ensureDevice()) counts.set("device", 1);
    await kernel.listServers("all");
    this.isWhole = sets !== undefined && rules !== undefined;
    return counts;
  }

  /** A set of another type goes only when no rule names it. */
  async #ensureSets(): Promise<void> {
    const { kernel, status } = this.#o;
    try {
      await kernel.ensureSets();
    } catch (error) {
      if (!isSetInUse(error)) throw error;
      status.warn(
        "A set of ours has another type and rules name it: the rules go, it " +
          "is made anew, and they are written again",
      );
      await this.#o.rulesKeeper.remove();
      await kernel.ensureSets();
    }
  }

  async #attempt<Value>(
    what: string,
    work: () => Promise<Value>,
  ): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#o.status.warn(`Cannot ${what}: ${reasonOf(error)}`);
      return undefined;
    }
  }

  async #work(
    units: readonly WorkUnit[],
    connections?: DiffOptions["connections"],
  ): Promise<WorkReport> {
    const { queue, status, timing, monotonicMs } = this.#o;
    const report = await this.#worker.work(units, connections);
    for (const result of report.results) status.saw(result.foreign);
    for (const unit of units) {
      const error = report.failed.get(unit);
      if (error === undefined) {
        queue.done(unit);
        continue;
      }
      const { retryMs, retryMaxMs } = timing;
      const nowMs = monotonicMs();
      const waitMs = queue.fail(unit, { error, nowMs, retryMs, retryMaxMs });
      this.#o.failed(unit.id, error, waitMs);
    }
    return report;
  }

  /** A real server without connections goes in the pass that took it out. */
  async #settleDrains(report: WorkReport): Promise<void> {
    const keys = new Set<VirtualServerKey>();
    for (const { drainsStarted } of report.results) {
      for (const { key } of drainsStarted) keys.add(key);
    }
    if (keys.size === 0 || keys.size > MAX_SETTLED) return;
    const settled = await this.#endDrains([...keys]);
    report.lines.ipvs += settled?.lines.ipvs ?? 0;
    report.lines.other += settled?.lines.other ?? 0;
  }

  async #endDrains(
    keys: readonly VirtualServerKey[],
  ): Promise<WorkReport | undefined> {
    const listed = await this.#attempt(
      "look at draining connections",
      () => this.#o.kernel.listServers(keys).then(() => true),
    );
    if (listed === undefined) return undefined;
    return await this.#work(drainUnits(keys), "fresh");
  }

  #report({ reason, units, report, startMs, oldestChangeMs }: {
    reason: PassReport["reason"];
    units: readonly WorkUnit[];
    report: WorkReport;
    startMs: number;
    oldestChangeMs?: number | undefined;
  }): void {
    const failures = new Map(
      [...report.failed].map(([unit, why]) => [unit.id, why] as const),
    );
    this.#o.status.passed({
      reason,
      services: units.map((unit) => unit.id as ServiceName),
      durationMs: this.#o.monotonicMs() - startMs,
      lines: report.lines,
      failures,
      ...(oldestChangeMs === undefined ? {} : { oldestChangeMs }),
    });
  }
}
