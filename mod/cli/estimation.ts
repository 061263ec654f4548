import type { AgentObserver } from "#agent";
import type { Sysctls } from "#apply";
import type { ServiceName } from "#model";
import type { ServicePlan } from "#plan";
import { getLogger } from "@std/log";

/** Whether the kernel estimates rates. */
export const RUN_ESTIMATION = "net.ipv4.vs.run_estimation";

/** Whether it does now; kernels without the setting always do. */
export async function isEstimating(
  sysctls: Pick<Sysctls, "read">,
): Promise<boolean> {
  const read = await sysctls.read([RUN_ESTIMATION]);
  return read.get(RUN_ESTIMATION)?.trim() !== "0";
}

/** Niceness of the threads that kernels from 6.2 on estimate in. */
export const ESTIMATION_NICE = "net.ipv4.vs.est_nice";
/** Behind packets and pods, and yet not last of all. */
const NICE = "10";
/**
 * Entries times CPUs from which on the estimation's timer holds packets up
 * noticeably. Linux's own figure: 200 ms for 50,000 services and 104 CPUs
 * (commit 2232642ec3fb), thus some 20 ms here.
 */
const LARGE = 500_000;

const OFF = "packets do not wait for the estimation of rates; ipvsadm shows " +
  "no rates and no statistics";
const YIELD = "the estimation of rates gives way to packets and pods";

/** What is done about the estimation of rates. */
export type EstimationDecision = "nothing" | "switch off" | "yield" | "warn";

/**
 * What to do about estimation: old kernels walk all virtual and real servers
 * for each CPU in a timer every two seconds, with packets waiting. Newer ones
 * do so in threads: rates stay, and the threads yield to everything else. A
 * niceness that somebody chose is kept.
 */
export function decideEstimation(
  { entries, cpus, present }: {
    /** Virtual servers and real servers. */
    readonly entries: number;
    /** Number of CPUs. */
    readonly cpus: number;
    /** Settings that the kernel has. */
    readonly present: ReadonlyMap<string, string>;
  },
): EstimationDecision {
  if (entries * cpus < LARGE) return "nothing";
  const nice = present.get(ESTIMATION_NICE)?.trim();
  if (nice !== undefined) return nice === "0" ? "yield" : "nothing";
  const now = present.get(RUN_ESTIMATION)?.trim();
  if (now === undefined) return "warn";
  return now === "0" ? "nothing" : "switch off";
}

/** What the guard needs. */
export interface EstimationOptions {
  /** Kernel settings. */
  readonly sysctls: Sysctls;
  /** Number of CPUs. */
  readonly cpus: number;
}

/** Switches the estimation of rates off once the table is large. */
export class EstimationGuard {
  readonly #options: EstimationOptions;
  readonly #entries = new Map<ServiceName, number>();
  #total = 0;
  #isDecided = false;

  /** Nothing is read before the table is large. */
  constructor(options: EstimationOptions) {
    this.#options = options;
  }

  /** Counts what is planned, and looks after each pass. */
  observer(): AgentObserver {
    return {
      planned: (service, plan) => this.#count(service, plan),
      passed: () => void this.look(),
    };
  }

  #count(service: ServiceName, plan: ServicePlan | undefined): void {
    const entries = entriesOf(plan);
    this.#total += entries - (this.#entries.get(service) ?? 0);
    if (entries === 0) this.#entries.delete(service);
    else this.#entries.set(service, entries);
  }

  /** Decides once, when the table is large. */
  async look(): Promise<void> {
    const { sysctls, cpus } = this.#options;
    const entries = this.#total;
    if (this.#isDecided || entries * cpus < LARGE) return;
    this.#isDecided = true;
    const logger = getLogger("cli");
    try {
      const present = await sysctls.read([RUN_ESTIMATION, ESTIMATION_NICE]);
      const decision = decideEstimation({ entries, cpus, present });
      if (decision === "nothing") return;
      const what = `${entries} virtual and real servers, ${cpus} CPUs`;
      if (decision === "warn") {
        logger.warn(
          "the kernel estimates rates of all of them every 2 s while packets " +
            "wait, and cannot be told not to; a newer kernel can",
          { table: what },
        );
        return;
      }
      const [name, value, effect] = decision === "yield"
        ? [ESTIMATION_NICE, NICE, YIELD]
        : [RUN_ESTIMATION, "0", OFF];
      const failures = await sysctls.write(new Map([[name, value]]));
      const reason = failures.get(name);
      if (reason !== undefined) throw new Error(reason);
      const was = present.get(name)?.trim();
      logger.info(`set ${name} = ${value} (was ${was}): ${effect}`, {
        table: what,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn("Cannot tame the estimation of rates", { reason });
    }
  }
}

function entriesOf(plan: ServicePlan | undefined): number {
  let entries = 0;
  for (const { virtualServers } of plan?.frontends ?? []) {
    for (const { realServers } of virtualServers) {
      entries += 1 + realServers.size;
    }
  }
  return entries;
}
