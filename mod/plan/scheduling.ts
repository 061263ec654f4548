import type { Scheduler, SchedulerFlag, Service } from "#model";
import type { PlanContext } from "./types.ts";

/** How virtual servers schedule. */
export interface Scheduling {
  /** Scheduler. */
  readonly scheduler: Scheduler;
  /** Its flags, sorted. */
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Persistence in seconds; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
}

/** Notes something that a Service asks for and does not get. */
export type Reject = (field: string, reason: string) => void;

/** The scheduler that heeds weights, for those that ignore them. */
const WEIGHTED: Readonly<Partial<Record<Scheduler, Scheduler>>> = {
  rr: "wrr",
  lc: "wlc",
};
const FIELD = 'metadata.annotations["ipvs.kube-proxy.io/scheduler"]';
const FLAGS_FIELD =
  'metadata.annotations["ipvs.kube-proxy.io/scheduler-flags"]';

/** How the virtual servers of a Service schedule, by address. */
export function selectScheduling(
  service: Service,
  context: PlanContext,
  reject: Reject,
): Scheduling {
  const scheduler = selectScheduler(service, context, reject);
  const seconds = service.persistenceTimeoutSeconds;
  return {
    scheduler,
    schedulerFlags: selectFlags(scheduler, service, reject),
    ...(seconds === undefined ? {} : { persistenceTimeoutSeconds: seconds }),
  };
}

/**
 * The same for virtual servers by firewall mark. With persistence the kernel
 * does not translate the port there, so that affinity is `sh` by address.
 */
export function selectMarkScheduling(
  scheduling: Scheduling,
  context: PlanContext,
  reject: Reject,
): Scheduling {
  const { scheduler, schedulerFlags } = scheduling;
  if (scheduling.persistenceTimeoutSeconds === undefined) return scheduling;
  if (isAvailable("sh", context)) {
    return { scheduler: "sh", schedulerFlags: ["sh-fallback"] };
  }
  reject(
    "spec.sessionAffinity",
    "Cannot keep clients inside the cluster on one endpoint: " +
      "the kernel has no scheduler sh",
  );
  return { scheduler, schedulerFlags };
}

function isAvailable(scheduler: Scheduler, context: PlanContext): boolean {
  return context.availableSchedulers?.has(scheduler) ?? true;
}

function selectScheduler(
  service: Service,
  context: PlanContext,
  reject: Reject,
): Scheduler {
  const wished = service.wishes.scheduler;
  if (wished !== undefined && isAvailable(wished, context)) {
    rejectUnheeded(service, wished, reject);
    return wished;
  }
  if (wished !== undefined) {
    reject(
      FIELD,
      `Cannot use scheduler ${wished}: the kernel does not have it; ` +
        `${context.scheduler} is used`,
    );
  }
  const weighted = WEIGHTED[context.scheduler];
  if (!hasWeights(service) || weighted === undefined) return context.scheduler;
  if (isAvailable(weighted, context)) return weighted;
  rejectUnheeded(service, context.scheduler, reject);
  return context.scheduler;
}

function hasWeights({ wishes }: Service): boolean {
  return wishes.localWeight !== undefined || wishes.zoneWeights !== undefined;
}

function rejectUnheeded(
  service: Service,
  scheduler: Scheduler,
  reject: Reject,
): void {
  if (!hasWeights(service)) return;
  if (WEIGHTED[scheduler] === undefined && scheduler !== "dh") return;
  reject(
    FIELD,
    `Cannot weigh endpoints: scheduler ${scheduler} heeds no weights; ` +
      "use wrr or wlc",
  );
}

/**
 * `mh` and `sh` always go on to another real server when theirs is quiescent.
 * `mh` hashes address and port, `sh` the address alone, unless flags say so.
 */
function selectFlags(
  scheduler: Scheduler,
  { wishes }: Service,
  reject: Reject,
): readonly SchedulerFlag[] {
  const wished = wishes.schedulerFlags;
  const foreign = wished?.filter((flag) => !flag.startsWith(`${scheduler}-`));
  if (foreign !== undefined && foreign.length > 0) {
    reject(
      FLAGS_FIELD,
      `Cannot use ${foreign.join(", ")}: the scheduler is ${scheduler}`,
    );
  }
  if (scheduler === "mh") {
    return wished === undefined || wished.includes("mh-port")
      ? ["mh-fallback", "mh-port"]
      : ["mh-fallback"];
  }
  if (scheduler !== "sh") return [];
  return wished?.includes("sh-port")
    ? ["sh-fallback", "sh-port"]
    : ["sh-fallback"];
}
