import { Alarm } from "./alarm.ts";
import { adoptMarks } from "./marks.ts";
import { DrainClock } from "./drain_clock.ts";
import { HostWatch } from "./host_watch.ts";
import type { LoopOptions } from "./loop_options.ts";
import { Progress } from "./progress.ts";
import { RulesWatch } from "./rules_watch.ts";
import { reasonOf } from "./status.ts";

/** Longest wait before the host is read again, ms. */
const READ_RETRY_MAX_MS = 10_000;

/** Enough is known; host read; first plans applied; as it stays. */
type Phase = "waiting" | "listing" | "filling" | "running";

/** Decides when what is done. Turn by turn, one thing at a time. */
export class Loop {
  readonly #o: LoopOptions;
  #phase: Phase = "waiting";
  readonly #alarm: Alarm;
  readonly #progress: Progress;
  #changeMs = 0;
  #auditMs = 0;
  #failures = 0;
  #wasChange = false;
  readonly #rulesWatch: RulesWatch;
  readonly #drainClock = new DrainClock();
  readonly #watch: HostWatch;

  /** Takes the parts. */
  constructor(options: LoopOptions) {
    this.#o = options;
    this.#alarm = new Alarm(options.agent.clock);
    this.#progress = new Progress(options.agent.clock);
    this.#rulesWatch = new RulesWatch(options);
    this.#watch = new HostWatch(options.agent, {
      device: options.device,
      desired: options.kernel.desired,
      status: options.status,
      wake: () => this.wake(),
      doubtRoutes: () => options.routesKeeper.doubt(),
    });
  }

  /** Whether every source has been listed and the first plans applied. */
  get isReady(): boolean {
    return this.#phase === "running" && this.#o.readiness.isComplete;
  }

  /** What a snapshot said is known for certain now: once more as at start. */
  refill(): void {
    if (this.#phase === "running") this.#phase = "filling";
    this.#o.queue.beginWave();
    this.wake();
  }

  /** How long it is at one thing, or late with one, in ms. */
  get lateMs(): number {
    return this.#progress.lateMs(this.#nextMs());
  }

  /** Something has changed that the loop has to look at. */
  wake(): void {
    this.#alarm.wake();
  }

  /** Looks at the rules if what they depend on has changed. */
  noteRules(): void {
    this.#o.routesKeeper.noteWanted();
    if (this.#phase === "running" && this.#rulesWatch.hasNews) {
      this.checkRules();
    }
  }

  /** Has the rules looked at now. */
  checkRules(): void {
    this.#o.routesKeeper.noteWanted();
    this.#rulesWatch.nextMs = 0;
    this.wake();
  }

  /** Has everything listed and compared now. */
  checkAll(): void {
    this.#auditMs = 0;
    this.wake();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.wake();
    signal.addEventListener("abort", stop);
    const watching = Promise.all([
      this.#watch.run(signal),
      this.#rulesWatch.follow(signal, () => this.wake()),
    ]);
    try {
      while (!signal.aborted) {
        await this.#progress.during(() => this.#turn());
        await this.#alarm.rest(this.#nextMs() - this.#monotonicMs(), signal);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      await watching;
    }
  }

  /** Takes turns until nothing is due. */
  async settle(): Promise<void> {
    while (this.#nextMs() <= this.#monotonicMs()) await this.#turn();
  }

  async #turn(): Promise<void> {
    try {
      await this.#act();
    } catch (error) {
      const waitMs = this.#backOff();
      this.#o.status.warn(
        `Cannot read the host: ${reasonOf(error)}; tried again in ${waitMs} ms`,
      );
      this.#auditMs = this.#monotonicMs() + waitMs;
      this.#changeMs = this.#auditMs;
      this.#drainClock.postpone(this.#auditMs);
    }
  }

  #backOff(): number {
    const waitMs = this.#o.timing.retryMs * 2 ** this.#failures++;
    return Math.min(waitMs, READ_RETRY_MAX_MS);
  }

  /** The next audit; soon when something could not be made. */
  #planAudit(): void {
    if (this.#o.passes.isWhole) this.#failures = 0;
    const waitMs = this.#o.passes.isWhole
      ? this.#o.timing.syncMs
      : this.#backOff();
    this.#auditMs = this.#monotonicMs() + waitMs;
  }

  async #act(): Promise<void> {
    if (!this.#o.readiness.mayMake) return;
    switch (this.#phase) {
      case "waiting":
        this.#phase = "listing";
        return;
      case "listing":
        return await this.#list();
      case "filling":
        return await this.#fill();
      case "running":
        return await this.#work();
    }
  }

  /**
   * Reads the host, plans everything, and makes what all Services need, in
   * the size that they need.
   */
  async #list(): Promise<void> {
    const { passes, kernel, agent, planner, queue, state } = this.#o;
    if (this.#monotonicMs() < this.#auditMs) return;
    await this.#lookAtHost();
    await kernel.listSets();
    const draining = state.drains.keys();
    adoptMarks(kernel.observed.elements, draining, agent.marks);
    planner.mark("all");
    planner.plan(kernel, Infinity);
    queue.beginWave();
    const rules = agent.rules();
    await passes.prepare();
    this.#rulesWatch.begin(rules);
    this.#phase = "filling";
  }

  /**
   * Applies the first plans, then takes what is ours and not wanted. What
   * changes meanwhile is not waited for: in a busy cluster it never ends.
   */
  async #fill(): Promise<void> {
    const { queue, passes, status } = this.#o;
    if (this.#rulesWatch.isHolding) {
      return await this.#rulesWatch.look(() => this.#backOff());
    }
    const { isComplete } = this.#o.readiness;
    if (queue.hasWave(this.#monotonicMs())) return await passes.change("start");
    await this.#o.routesKeeper.look();
    await passes.leftovers();
    if (isComplete !== this.#o.readiness.isComplete) return; // once more
    this.#phase = "running";
    this.noteRules();
    this.#planAudit();
    this.#planDrainLook();
    if (isComplete) status.ready(passes.isWhole, queue.failures().size);
  }

  async #work(): Promise<void> {
    const nowMs = this.#monotonicMs();
    if (this.#watch.deviceInDoubt) {
      this.#watch.deviceInDoubt = false;
      await this.#o.passes.device();
    } else if (this.#watch.hostMs <= nowMs) await this.#lookAtHost();
    else if (this.#rulesWatch.nextMs <= nowMs) {
      await this.#rulesWatch.look(() => this.#backOff());
    } else if (this.#o.routesKeeper.nextMs <= nowMs) {
      await this.#o.routesKeeper.look();
    } else if (this.#isTimeForChange(nowMs)) await this.#change(nowMs);
    else await this.#workBesideChanges(nowMs);
  }

  /** Changes go first, but not twice in a row while other work is due. */
  #isTimeForChange(nowMs: number): boolean {
    if (this.#changeDueMs() > nowMs) return false;
    return !this.#wasChange || this.#besideChangesMs() > nowMs;
  }

  async #change(nowMs: number): Promise<void> {
    const isChange = this.#o.queue.hasDirty;
    if (isChange) this.#changeMs = nowMs + this.#o.timing.minSyncMs;
    this.#wasChange = true;
    await this.#o.passes.change(isChange ? "change" : "retry");
    this.#planDrainLook();
  }

  async #workBesideChanges(nowMs: number): Promise<void> {
    const { passes, flowsKeeper } = this.#o;
    this.#wasChange = false;
    if (flowsKeeper.nextMs <= nowMs) await flowsKeeper.flush();
    else if (this.#drainClock.nextMs <= nowMs) {
      this.#drainClock.look();
      await passes.drains();
      this.#planDrainLook();
    } else if (this.#departureMs() <= nowMs) {
      await passes.departures(this.#o.nowMs());
    } else if (this.#auditMs <= nowMs) await this.#audit();
  }

  async #audit(): Promise<void> {
    await this.#o.passes.audit("audit");
    if (this.isReady) await this.#o.routesKeeper.audit();
    this.#planAudit();
    this.#rulesWatch.plan(() => this.#backOff());
    this.#planDrainLook();
    await this.#lookAtHost();
  }

  async #lookAtHost(): Promise<void> {
    this.#watch.hostMs = Infinity;
    const { host } = this.#o.agent;
    this.#o.planner.takeHostAddresses(await host.links.hostAddresses());
    this.noteRules();
  }

  #planDrainLook(): void {
    const nowMs = this.#monotonicMs();
    this.#drainClock.plan(nowMs + this.#o.kernel.drainEndInMs, nowMs);
  }

  /** When the next thing is due, ms of the monotonic clock. */
  #nextMs(): number {
    if (!this.#o.readiness.mayMake) return Infinity;
    if (this.#phase !== "running") {
      if (this.#phase === "listing") return this.#auditMs;
      const { isHolding, nextMs } = this.#rulesWatch;
      return isHolding ? nextMs : this.#changeMs;
    }
    return Math.min(
      this.#watch.deviceInDoubt ? 0 : Infinity,
      this.#watch.hostMs,
      this.#rulesWatch.nextMs,
      this.#o.routesKeeper.nextMs,
      this.#changeDueMs(),
      this.#besideChangesMs(),
    );
  }

  #besideChangesMs(): number {
    return Math.min(
      this.#o.flowsKeeper.nextMs,
      this.#drainClock.nextMs,
      this.#departureMs(),
      this.#auditMs,
    );
  }

  #changeDueMs(): number {
    const { queue } = this.#o;
    const dirtyMs = queue.hasDirty ? this.#changeMs : Infinity;
    return Math.min(dirtyMs, queue.nextDueMs() ?? Infinity);
  }

  #departureMs(): number {
    const { kernel, nowMs } = this.#o;
    return kernel.nextDepartureMs - nowMs() + this.#monotonicMs();
  }

  #monotonicMs(): number {
    return this.#o.agent.clock.monotonicMs();
  }
}
