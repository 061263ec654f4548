import type { Agent } from "#agent";
import type { Host, MeasuredRunner } from "#apply";
import { HOST_CLOCK } from "#apply";
import { Metrics, TrafficReader } from "#observe";
import { planRules } from "#plan";
import { isEstimating } from "./estimation.ts";
import { rulesOf, type ViewOptions } from "./host_view.ts";
import type { Settings } from "./settings_types.ts";
import { VERSION } from "./version.ts";

/** A reading of the kernel serves for so long, ms. */
const READING = {
  monotonicMs: HOST_CLOCK.monotonicMs,
  maxAgeMs: 5_000,
};

/** What metrics are told from. */
export interface MetricsInput {
  /** Configuration. */
  readonly settings: Settings;
  /** The agent. */
  readonly agent: Pick<Agent, "snapshot" | "plans" | "inspect">;
  /** What configuration, host and cluster together say. */
  readonly view: ViewOptions;
  /** Doors to the host. */
  readonly host: Pick<Host, "ipvs" | "sysctls">;
  /** The runner that tells what it ran; absent: it does not. */
  readonly runner?: MeasuredRunner;
  /** Health-check node ports that are open, and that cannot be opened. */
  healthCheckPorts(): { readonly open: number; readonly failed: number };
}

/** Metrics of the agent; undefined when they are served nowhere. */
export async function openMetrics(
  input: MetricsInput,
): Promise<Metrics | undefined> {
  const { settings, agent, view, runner, healthCheckPorts } = input;
  if (settings.metrics === undefined) return undefined;
  const { model, families } = view;
  const metrics = await Metrics.open({
    snapshot: () => agent.snapshot(),
    plans: () => agent.plans,
    slices: (service) => model.slices(service),
    rejections: () => model.rejections().size,
    families,
    version: VERSION,
    nowMs: HOST_CLOCK.nowMs,
    monotonicMs: HOST_CLOCK.monotonicMs,
    sets: () => agent.inspect()?.sets ?? [],
    rules: () =>
      new Map(rulesOf(view).map((one) => [one.family, planRules(one)])),
    healthCheckPorts,
    servers: new TrafficReader({
      list: () => input.host.ipvs.list(),
      ...READING,
    }),
    traffic: {
      reader: trafficReader(input.host),
      mode: settings.trafficMetrics,
      plans: () => agent.plans.values(),
      has: (key, service) =>
        agent.inspect()?.desired.virtualServer(key)?.service === service,
    },
  });
  if (runner !== undefined) runner.told = metrics.ran;
  return metrics;
}

function trafficReader(host: MetricsInput["host"]): TrafficReader {
  return new TrafficReader({
    list: () => host.ipvs.traffic("totals"),
    isCounting: () => isEstimating(host.sysctls),
    ...READING,
  });
}
