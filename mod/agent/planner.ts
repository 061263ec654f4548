import {
  type ClusterModel,
  type Dirty,
  isSame,
  type ServiceName,
} from "#model";
import {
  type DrainTarget,
  type FrontendKey,
  type PlanContext,
  type RealServerKey,
  realServerKey,
  type ServicePlan,
  type VirtualServerKey,
} from "#plan";
import { newTouched, type Touched } from "#diff";
import { servicesOfTarget } from "./hand_drains.ts";
import type { Kernel } from "./kernel.ts";
import { leftToRetries, withShared } from "./shared.ts";
import type { AgentOptions, HostAddresses } from "./types.ts";
import type { WorkQueue } from "./work_queue.ts";

/** Keeps plans up to date with the model and this node. */
export class Planner {
  readonly #options: AgentOptions;
  readonly #queue: WorkQueue;
  readonly #plans = new Map<ServiceName, ServicePlan>();
  readonly #quiesced: () => ReadonlySet<DrainTarget>;
  /** Frontends that were claimed and perhaps are not any more. */
  readonly #left = new Set<FrontendKey>();
  #hostAddresses: HostAddresses = new Map();
  #context: PlanContext | undefined;

  /** Plans what the queue says is dirty. */
  constructor(
    options: AgentOptions,
    queue: WorkQueue,
    quiesced: () => ReadonlySet<DrainTarget> = () => new Set(),
  ) {
    this.#options = options;
    this.#queue = queue;
    this.#quiesced = quiesced;
  }

  /** Plans of all Services. */
  get plans(): ReadonlyMap<ServiceName, ServicePlan> {
    return this.#plans;
  }

  /** What an audit leaves to units that failed. */
  leftToRetries({ desired }: Kernel): Touched {
    const plans = this.#plans;
    return leftToRetries(this.#queue.failing(), { plans, desired });
  }

  /** Marks what an event made dirty. */
  mark(dirty: Dirty): void {
    const { clock, model } = this.#options;
    if (dirty !== "all") {
      this.#queue.mark(dirty, clock.monotonicMs());
      return;
    }
    this.#context = undefined;
    this.#queue.mark(model.serviceNames(), clock.monotonicMs(), "bulk");
  }

  /** Has planned anew what drains of this target by hand are about. */
  quiesce(target: DrainTarget): void {
    const { clock, model } = this.#options;
    this.#context = undefined;
    this.#queue.mark(servicesOfTarget(model, target), clock.monotonicMs());
  }

  /** Takes the host's addresses; every Service is dirty if they matter. */
  takeHostAddresses(hostAddresses: HostAddresses): void {
    if (isSame(this.#hostAddresses, hostAddresses)) return;
    this.#hostAddresses = hostAddresses;
    this.refresh();
  }

  /** Looks whether plans depend on what has changed; then all are made anew. */
  refresh(): void {
    const old = this.#context;
    this.#context = this.#makeContext();
    if (old === undefined || !sameContext(old, this.#context)) {
      this.#queue.mark(
        this.#options.model.serviceNames(),
        this.#options.clock.monotonicMs(),
        "bulk",
      );
    }
  }

  /**
   * Plans dirty Services, `max` of them at most, and queues what that
   * touched; gives the time of the oldest change.
   */
  plan(kernel: Kernel, max: number): number | undefined {
    let oldest: number | undefined;
    for (const [name, mark] of this.#queue.takeDirty(max)) {
      oldest = Math.min(oldest ?? mark.sinceMs, mark.sinceMs);
      try {
        this.#planOne(name, kernel, mark.isBulk ? "bulk" : undefined);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.observer?.warned?.(
          `Cannot plan Service "${name}": ${reason}; its last state stands`,
        );
      }
    }
    this.#releaseMarks(kernel);
    return oldest;
  }

  #makeContext(): PlanContext {
    const context = this.#options.planContext(this.#hostAddresses);
    return { ...context, quiesced: this.#quiesced() };
  }

  #planOne(name: ServiceName, kernel: Kernel, bulk?: "bulk"): void {
    const { model, observer } = this.#options;
    const service = model.service(name);
    const old = this.#plans.get(name);
    if (service === undefined) {
      this.#plans.delete(name);
      this.#touch(name, kernel.desired.remove(name), { kernel, bulk });
      this.#noteLeft(old, kernel);
      observer?.planned?.(name, undefined);
      return;
    }
    this.#context ??= this.#makeContext();
    const plan = this.#options.planService(
      service,
      model.slices(name),
      this.#context,
    );
    this.#plans.set(name, plan);
    const touched = kernel.desired.set(plan);
    this.#noteLeft(old, kernel);
    this.#touch(name, withShared(touched, plan, old), { kernel, bulk });
    observer?.planned?.(name, plan);
    if (
      plan.rejections.length > 0 && !isSame(old?.rejections, plan.rejections)
    ) observer?.rejected?.(plan.rejections);
  }

  /**
   * A virtual server that passes to another Service is that one's to make: if
   * the kernel refuses it, the former holder's other changes go on (I8).
   */
  #touch(
    name: ServiceName,
    touched: Touched,
    { kernel, bulk }: {
      readonly kernel: Kernel;
      readonly bulk: "bulk" | undefined;
    },
  ): void {
    const own = new Set<VirtualServerKey>();
    for (const key of touched.virtualServers) {
      const holder = kernel.desired.virtualServer(key)?.service ?? name;
      if (holder === name) own.add(key);
      else {
        const virtualServers = new Set([key]);
        this.#queue.touch(holder, { ...newTouched(), virtualServers }, bulk);
      }
    }
    this.#queue.touch(name, { ...touched, virtualServers: own }, bulk);
    const { observer } = this.#options;
    for (const conflict of touched.conflicts) observer?.conflict?.(conflict);
  }

  #noteLeft(old: ServicePlan | undefined, { desired }: Kernel): void {
    for (const { key } of old?.frontends ?? []) {
      if (!desired.hasFrontend(key)) this.#left.add(key);
    }
  }

  /**
   * Marks of frontends that nobody claims any more can be given again. One
   * that passes to a Service that is planned after its former one keeps its
   * mark: another would be in the set before its virtual server is made (I2).
   */
  #releaseMarks({ desired }: Kernel): void {
    if (this.#queue.hasDirty) return;
    for (const key of this.#left) {
      if (!desired.hasFrontend(key)) this.#options.marks.release(key);
    }
    this.#left.clear();
  }
}

/** Real servers that any slice of a Service lists, in whatever condition. */
export function listedRealServers(
  model: ClusterModel,
  service: ServiceName,
): ReadonlySet<RealServerKey> {
  const listed = new Set<RealServerKey>();
  for (const slice of model.slices(service)) {
    for (const { port } of slice.ports) {
      for (const { address } of slice.endpoints) {
        listed.add(realServerKey(address, port));
      }
    }
  }
  return listed;
}

/** Whether two contexts give the same plans; `quiesce` sees to drains. */
function sameContext(left: PlanContext, right: PlanContext): boolean {
  const { markOf: _, quiesced: __, ...before } = left;
  const { markOf: ___, quiesced: ____, ...after } = right;
  return isSame(before, after);
}
