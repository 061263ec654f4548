import type { Agent } from "#agent";
import type { ClusterModel, IpFamily } from "#model";
import {
  type Handle,
  healthHandler,
  type HealthInput,
  type Metrics,
  serveHttp,
} from "#observe";
import type { BindAddress, Settings } from "./settings_types.ts";

/** What health and metrics are told from. */
export interface ServeSources {
  /** Configuration. */
  readonly settings: Settings;
  /** The agent. */
  readonly agent: Pick<Agent, "snapshot" | "plans">;
  /** What is known of the cluster. */
  readonly model: ClusterModel;
  /** Families that are served. */
  readonly families: ReadonlySet<IpFamily>;
  /** Now, ms since 1970. */
  nowMs(): number;
}

/** What health is told from, now. */
export function healthInput(sources: ServeSources): HealthInput {
  const { settings, agent, model, families, nowMs } = sources;
  return {
    snapshot: agent.snapshot(),
    nodeEligible: model.node()?.eligible ?? false,
    families,
    nowMs: nowMs(),
    timeoutMs: 2 * settings.syncPeriodMs,
  };
}

/** What else is served. */
export interface Served {
  /** Counts answers of health; absent: nobody does. */
  readonly metrics?: Pick<Metrics, "answered">;
  /** Answers of the metrics server; absent: there is none. */
  readonly site?: Handle;
}

/** Serves health and metrics until the signal, where they are asked for. */
export async function serveAll(
  sources: ServeSources,
  { metrics, site }: Served,
  signal: AbortSignal,
): Promise<void> {
  const { settings } = sources;
  const common = { hardFail: settings.bindHardFail, signal };
  const input = (): HealthInput => healthInput(sources);
  await Promise.all([
    ...listen(settings.healthz, (bind) =>
      serveHttp({
        ...common,
        ...bind,
        name: "health",
        handle: healthHandler(input, metrics),
      })),
    ...(site === undefined ? [] : listen(settings.metrics, (bind) =>
      serveHttp({
        ...common,
        ...bind,
        name: "metrics",
        handle: site,
      }))),
  ]);
}

function listen(
  bind: BindAddress | undefined,
  serve: (bind: BindAddress) => Promise<void>,
): Promise<void>[] {
  return bind === undefined ? [] : [serve(bind)];
}
