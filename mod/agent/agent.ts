import { DEFAULT_DRAIN_LIMITS } from "#diff";
import type { ClusterNode, Decoded, ServiceName } from "#model";
import type { ServicePlan } from "#plan";
import { FirstServices } from "./first_services.ts";
import { FlowsKeeper } from "./flows_keeper.ts";
import { Kernel } from "./kernel.ts";
import { Loop } from "./loop.ts";
import { Passes, type PassesOptions } from "./passes.ts";
import { listedRealServers, Planner } from "./planner.ts";
import { RoutesKeeper } from "./routes_keeper.ts";
import { RulesKeeper } from "./rules_keeper.ts";
import { foldEvent, Readiness, type SourceEvent } from "./sources.ts";
import { LOCK_FILE, StateFile } from "./state_file.ts";
import { Status } from "./status.ts";
import type { AgentOptions, AgentSnapshot, AgentTiming } from "./types.ts";
import { WorkQueue } from "./work_queue.ts";

/** Times of the loop where the options name none. */
export const DEFAULT_TIMING: AgentTiming = {
  minSyncMs: 200,
  syncMs: 30_000,
  departureMs: 5_000,
  retryMs: 1_000,
  retryMaxMs: 60_000,
  rulesMs: 0,
  drainLimits: DEFAULT_DRAIN_LIMITS,
};

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
  readonly #wallOffsetMs: number;
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
    this.#planner = new Planner(options, this.#queue);
    this.#readiness = new Readiness(options.sources);
    this.#status = new Status(clock, observer ?? {});
    this.#wallOffsetMs = clock.nowMs() - clock.monotonicMs();
  }

  /** Takes an event of one of the sources. */
  handle(input: SourceEvent): void {
    const { model, observer } = this.#options;
    const object = "key" in input.event
      ? `${input.source} ${input.event.key}`
      : "";
    this.#first.note(input);
    const before = model.rejections().get(object);
    this.#planner.mark(foldEvent(model, input));
    const rejections = model.rejections().get(object);
    if (rejections !== undefined && rejections !== before) {
      observer?.rejected?.(rejections);
    }
    this.#readiness.note(input);
    if (input.source === "Node" || input.source === "ServiceCIDR") {
      this.#planner.refresh();
      this.#loop?.noteRules();
    }
    this.#loop?.wake();
  }

  /** Takes a complete list of Nodes, where they are listed and not watched. */
  replaceNodes(nodes: ReadonlyMap<string, Decoded<ClusterNode>>): void {
    this.#planner.mark(this.#options.model.replaceNodes(nodes));
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
      await (signal === undefined ? loop.settle() : loop.run(signal));
    } finally {
      await lock.release();
    }
  }

  /** State for status and metrics. */
  snapshot(): AgentSnapshot {
    const kernel = this.#kernel;
    const state = this.#state;
    const failures = this.#queue.failures();
    const { lastPass, lastSuccessMs, lastAuditMs } = this.#status;
    return {
      isReady: this.#loop?.isReady ?? false,
      waitingFor: this.#readiness.waitingFor,
      counts: {
        services: this.#planner.plans.size,
        virtualServers: kernel?.desired.virtualServers.size ?? 0,
        pending: this.#queue.size,
        failing: failures.size,
        drains: state?.drains.size ?? 0,
        departures: kernel?.departures.size ?? 0,
        owned: state?.ownership.size ?? 0,
      },
      failures,
      conflicts: kernel?.desired.conflicts() ?? [],
      foreign: this.#status.foreign,
      repairs: this.#status.repairs,
      lastPass,
      lastSuccessMs,
      lastAuditMs,
      isStateBehind: state?.isBehind ?? false,
    };
  }

  async #prepare(): Promise<Loop> {
    const state = await StateFile.open(
      this.#options.runDirectory,
      (message) => this.#status.warn(message),
    );
    const kernel = this.#makeKernel(state);
    const rulesKeeper = this.#makeRulesKeeper();
    const flowsKeeper = new FlowsKeeper({
      conntrack: this.#options.host.conntrack,
      state,
      status: this.#status,
      timing: this.#timing,
      monotonicMs: () => this.#options.clock.monotonicMs(),
    });
    const passes = this.#makePasses({
      kernel,
      state,
      rulesKeeper,
      flowsKeeper,
    });
    this.#state = state;
    this.#kernel = kernel;
    this.#loop = new Loop({
      agent: this.#options,
      timing: this.#timing,
      device: this.#device,
      kernel,
      passes,
      rulesKeeper,
      flowsKeeper,
      routesKeeper: new RoutesKeeper({
        routes: this.#options.host.routes,
        wanted: () => this.#options.routes?.() ?? [],
        clock: this.#options.clock,
        status: this.#status,
      }),
      state,
      queue: this.#queue,
      planner: this.#planner,
      status: this.#status,
      readiness: this.#readiness,
      nowMs: () => this.#nowMs(),
    });
    return this.#loop;
  }

  #makeKernel(state: StateFile): Kernel {
    const { host, model } = this.#options;
    return new Kernel({
      host,
      state,
      device: this.#device,
      families: () => this.#options.rules().map((rules) => rules.family),
      drainLimits: this.#timing.drainLimits,
      departureMs: this.#timing.departureMs,
      first: this.#first.names,
      nowMs: () => this.#nowMs(),
      listed: (service) => listedRealServers(model, service),
      hardLimitMs: (service) => {
        const seconds = model.service(service)?.wishes.drainLimitSeconds;
        return seconds === undefined ? undefined : seconds * 1000;
      },
    });
  }

  #makeRulesKeeper(): RulesKeeper {
    const { host, clock, observer } = this.#options;
    return new RulesKeeper({
      iptables: host.iptables,
      rules: () => this.#options.rules(),
      monotonicMs: () => clock.monotonicMs(),
      waited: (ms) => observer?.lockWaited?.(ms),
      warned: (message) => this.#status.warn(message),
    });
  }

  #makePasses(
    parts: Pick<
      PassesOptions,
      "kernel" | "state" | "rulesKeeper" | "flowsKeeper"
    >,
  ): Passes {
    const { clock, observer } = this.#options;
    return new Passes({
      ...parts,
      queue: this.#queue,
      planner: this.#planner,
      status: this.#status,
      timing: this.#timing,
      monotonicMs: () => clock.monotonicMs(),
      failed: (unit, reason, waitMs) =>
        observer?.failed?.(unit, reason, waitMs),
    });
  }

  /** Wall time as it was at the start, plus what has gone by: no jumps. */
  #nowMs(): number {
    return this.#options.clock.monotonicMs() + this.#wallOffsetMs;
  }
}
