import type { Agent } from "#agent";
import type { ClusterModel, IpFamily } from "#model";
import {
  type Handle,
  healthHandler,
  type HealthInput,
  type Metrics,
  serveHttp,
  type ServerName,
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
  /** Is told when a server cannot be bound. */
  failed(server: ServerName, reason: string): void;
}

/** What health is told from, now. */
export function healthInput(
  sources: Omit<ServeSources, "failed">,
): HealthInput {
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
        ...forBothFamilies(bind, sources.families),
        name: "health",
        onFail: (reason) => sources.failed("health", reason),
        handle: healthHandler(input, metrics),
      })),
    ...(site === undefined ? [] : listen(settings.metrics, (bind) =>
      serveHttp({
        ...common,
        ...bind,
        name: "metrics",
        onFail: (reason) => sources.failed("metrics", reason),
        handle: site,
      }))),
  ]);
}

/** kube-proxy's health server answers both families where it is unlimited. */
function forBothFamilies(
  bind: BindAddress,
  families: ReadonlySet<IpFamily>,
): BindAddress {
  const isBoth = bind.host === "0.0.0.0" && families.has("ipv6");
  return isBoth ? { ...bind, host: "::" } : bind;
}

function listen(
  bind: BindAddress | undefined,
  serve: (bind: BindAddress) => Promise<void>,
): Promise<void>[] {
  return bind === undefined ? [] : [serve(bind)];
}
