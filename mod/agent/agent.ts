import type { Host } from "#apply";
import type { DiffResult } from "#diff";
import type { ClusterNode, Decoded, ServiceName } from "#model";
import type { ServicePlan } from "#plan";
import { assemble } from "./assembly.ts";
import { HandDrains } from "./hand_drains.ts";
import { type Inspection, inspectionOf } from "./inspection.ts";
import { FirstServices } from "./first_services.ts";
import type { Kernel } from "./kernel.ts";
import type { Loop } from "./loop.ts";
import { Planner } from "./planner.ts";
import { Memory } from "./memory.ts";
import { previewPass } from "./preview.ts";
import { RoutesKeeper } from "./routes_keeper.ts";
import { foldEvent, Readiness, type SourceEvent } from "./sources.ts";
import { LOCK_FILE, StateFile } from "./state_file.ts";
import { Status } from "./status.ts";
import { DEFAULT_TIMING } from "./timing.ts";
import type {
  AgentOptions,
  AgentSnapshot,
  AgentTiming,
  HandDrainControl,
} from "./types.ts";
import { WorkQueue } from "./work_queue.ts";

/** Another agent works on this node. */
export class AgentRunsError extends Error {
  /** Name of the class. */
  override readonly name: string = "AgentRunsError";
}

/**
 * The loop: it is told of events, and brings the kernel to what they say. It
 * owns time and current state and knows no rule of the domain. Stopping it
 * leaves the kernel as it is.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #timing: AgentTiming;
  readonly #device: string;
  readonly #queue: WorkQueue;
  readonly #planner: Planner;
  readonly #readiness: Readiness;
  readonly #status: Status;
  readonly #first: FirstServices;
  readonly #handDrains: HandDrains;
  readonly #wallOffsetMs: number;
  readonly #memory: Memory | undefined;
  readonly #routesKeeper: RoutesKeeper;
  #kernel: Kernel | undefined;
  #state: StateFile | undefined;
  #loop: Loop | undefined;

  /** Nothing happens before `run`; events may come before it. */
  constructor(options: AgentOptions) {
    const { clock, observer } = options;
    this.#options = options;
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#device = options.device ?? "kube-ipvs0";
    this.#first = new FirstServices(options.first);
    this.#queue = new WorkQueue(this.#first.names);
    this.#handDrains = new HandDrains({
      clock,
      nowMs: () => this.#nowMs(),
      changed: (target) => {
        this.#planner.quiesce(target);
        this.#loop?.wake();
      },
    });
    this.#planner = new Planner(
      options,
      this.#queue,
      () => this.#handDrains.targets,
    );
    this.#readiness = new Readiness(options.sources);
    this.#status = new Status(clock, observer ?? {});
    this.#routesKeeper = new RoutesKeeper({
      routes: options.host.routes,
      wanted: () => options.routes?.() ?? [],
      clock,
      status: this.#status,
    });
    this.#wallOffsetMs = clock.nowMs() - clock.monotonicMs();
    this.#memory = options.snapshots && new Memory(options.snapshots, {
      agent: options,
      device: this.#device,
      readiness: this.#readiness,
      isReady: () => this.#loop?.isReady ?? false,
      fold: (input) => this.#planner.mark(foldEvent(options.model, input)),
      completed: () => this.#loop?.refill(),
      warn: (message) => this.#status.warn(message),
    });
  }

  /** Takes an event of one of the sources. */
  handle(input: SourceEvent): void {
    const { model, observer } = this.#options;
    const object = "key" in input.event
      ? `${input.source} ${input.event.key}`
      : "";
    this.#first.note(input);
    const before = model.rejections().get(object);
    const dirty = foldEvent(model, input);
    this.#planner.mark(dirty);
    const rejections = model.rejections().get(object);
    if (rejections !== undefined && rejections !== before) {
      observer?.rejected?.(rejections);
    }
    this.#readiness.note(input);
    this.#memory?.note(input, dirty.length > 0);
    if (input.source === "Node" || input.source === "ServiceCIDR") {
      this.#planner.refresh();
      this.#loop?.noteRules();
    }
    this.#loop?.wake();
  }

  /** Takes a complete list of Nodes, where they are listed and not watched. */
  replaceNodes(nodes: ReadonlyMap<string, Decoded<ClusterNode>>): void {
    this.#planner.mark(this.#options.model.replaceNodes(nodes));
    this.#memory?.noteOtherNodes();
    this.#loop?.wake();
  }

  /** Has the rules looked at now: what they depend on has changed. */
  checkRules(): void {
    this.#loop?.checkRules();
  }

  /**
   * Settings have changed: another pace, and whatever plans and rules depend
   * on. What differs is planned and written anew.
   */
  settingsChanged(pace: Pick<AgentTiming, "minSyncMs" | "syncMs">): void {
    Object.assign(this.#timing, pace);
    this.#planner.refresh();
    this.#loop?.checkRules();
  }

  /** Has everything listed and compared now. */
  checkAll(): void {
    this.#loop?.checkAll();
  }

  /** Plans of all Services, for health checks and status. */
  get plans(): ReadonlyMap<ServiceName, ServicePlan> {
    return this.#planner.plans;
  }

  /** How long the loop is at one thing, or late with one, in ms. */
  get lateMs(): number {
    return this.#loop?.lateMs ?? 0;
  }

  /**
   * Works until the signal; without one, until nothing is left to do now.
   *
   * @throws {AgentRunsError} when another agent works on this node
   */
  async run(signal?: AbortSignal): Promise<void> {
    const { runDirectory } = this.#options;
    const lock = await runDirectory.lock(LOCK_FILE);
    if (lock === undefined) {
      throw new AgentRunsError(
        "Cannot start: another kube-proxy works on this node (it holds the " +
          "lock in the run directory); stop it first",
      );
    }
    try {
      const loop = await this.#prepare();
      this.#options.observer?.started?.();
      if (signal === undefined) return await loop.settle();
      await Promise.all([
        loop.run(signal),
        this.#handDrains.run(signal),
        this.#memory?.run(signal),
      ]);
    } finally {
      await lock.release();
    }
  }

  /** State for status and metrics. */
  snapshot(): AgentSnapshot {
    const saved = this.#memory?.saved;
    return this.#status.snapshot({
      kernel: this.#kernel,
      state: this.#state,
      isReady: this.#loop?.isReady ?? false,
      waitingFor: this.#readiness.waitingFor,
      services: this.#planner.plans.size,
      nowMs: this.#nowMs(),
      queue: this.#queue,
      ...(saved === undefined ? {} : { saved }),
    });
  }

  /** What is drained by hand. */
  get handDrains(): HandDrainControl {
    return this.#handDrains;
  }

  /** A look inside, for reports; undefined before `run`. */
  inspect(): Inspection | undefined {
    const [kernel, state] = [this.#kernel, this.#state];
    return kernel && state && inspectionOf({
      ...{ kernel, state },
      pending: this.#queue.pending,
      handDrains: this.#handDrains.all,
    });
  }

  /**
   * Lists everything afresh and does through `host` what an audit would do
   * now; its doors must change nothing. Undefined before the first plans.
   */
  async preview(host: Host): Promise<DiffResult | undefined> {
    const kernel = this.#kernel;
    const routesKeeper = this.#routesKeeper;
    if (kernel === undefined || !this.#loop?.isReady) return undefined;
    return await previewPass({
      host,
      kernel,
      rules: this.#options.rules(),
      routesKeeper,
      device: this.#device,
    });
  }

  async #prepare(): Promise<Loop> {
    const state = await StateFile.open(
      this.#options.runDirectory,
      (message) => this.#status.warn(message),
      {
        nowMs: () => this.#nowMs(),
        wallMs: () => this.#options.clock.nowMs(),
        graceMs: this.#timing.drainLimits.goneMs,
      },
    );
    const { loop, kernel } = assemble({
      agent: this.#options,
      timing: this.#timing,
      device: this.#device,
      first: this.#first.names,
      state,
      routesKeeper: this.#routesKeeper,
      queue: this.#queue,
      planner: this.#planner,
      status: this.#status,
      readiness: this.#readiness,
      nowMs: () => this.#nowMs(),
    });
    await this.#handDrains.begin(state);
    this.#state = state;
    this.#kernel = kernel;
    this.#loop = loop;
    return loop;
  }

  /** Wall time as it was at the start, plus what has gone by: no jumps. */
  #nowMs(): number {
    return this.#options.clock.monotonicMs() + this.#wallOffsetMs;
  }
}
