import type { Agent } from "#agent";
import type { ClusterModel, IpFamily } from "#model";
import {
  healthHandler,
  type HealthInput,
  Metrics,
  metricsHandler,
  serveHttp,
} from "#observe";
import type { BindAddress, Settings } from "./settings_types.ts";
import { VERSION } from "./version.ts";

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

/** Metrics of the agent; undefined when they are served nowhere. */
export async function openMetrics(
  { settings, agent, model, families, nowMs }: ServeSources,
): Promise<Metrics | undefined> {
  if (settings.metrics === undefined) return undefined;
  return await Metrics.open({
    snapshot: () => agent.snapshot(),
    plans: () => agent.plans,
    slices: (service) => model.slices(service),
    rejections: () => model.rejections().size,
    families,
    version: VERSION,
    nowMs,
  });
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

/** Serves health and metrics until the signal, where they are asked for. */
export async function serveAll(
  sources: ServeSources,
  metrics: Metrics | undefined,
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
    ...(metrics === undefined
      ? []
      : listen(settings.metrics, (bind) =>
        serveHttp({
          ...common,
          ...bind,
          name: "metrics",
          handle: metricsHandler(metrics),
        }))),
  ]);
}

function listen(
  bind: BindAddress | undefined,
  serve: (bind: BindAddress) => Promise<void>,
): Promise<void>[] {
  return bind === undefined ? [] : [serve(bind)];
}
