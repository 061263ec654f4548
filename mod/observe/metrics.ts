import type {
  AgentObserver,
  AgentSnapshot,
  PassReport,
  SourceEvent,
} from "#agent";
import type { MeasuredRun } from "#apply";
import type { EndpointSlice, ServiceName } from "#model";
import type { Counter, Gauge, Histogram } from "prom-client";
import { FAMILY_LABELS } from "./health.ts";
import { countersOf } from "./metric_counters.ts";
import { MetricRegistry } from "./metric_registry.ts";
import { type LimitSources, registerLimits } from "./limit_metrics.ts";
import {
  type RealServerSources,
  registerRealServers,
} from "./real_server_metrics.ts";
import { registerState, type StateSources } from "./state_metrics.ts";
import { registerTools } from "./tool_metrics.ts";
import { registerTraffic, type TrafficSources } from "./traffic_metrics.ts";
import { registerWatch, type WatchMetrics } from "./watch_metrics.ts";

/** What metrics are read from. */
export interface MetricsSources
  extends StateSources, LimitSources, RealServerSources {
  /** State of the agent. */
  snapshot(): AgentSnapshot;
  /** Traffic of Services and real servers. */
  readonly traffic: TrafficSources;
  /** Slices of a Service. */
  slices(service: ServiceName): readonly EndpointSlice[];
  /** Now, ms since 1970. */
  nowMs(): number;
  /** Time that never goes back, ms. */
  monotonicMs(): number;
}

const DURATIONS = Array.from({ length: 15 }, (_, n) => 0.001 * 2 ** n);
const FAMILY = ["ip_family"] as const;

function range(from: number, to: number, step: number): number[] {
  const count = Math.floor((to - from) / step) + 1;
  return Array.from({ length: count }, (_, n) => from + n * step);
}

/** Buckets of kube-proxy's network_programming_duration_seconds. */
const PROGRAMMING = [
  0.25,
  0.5,
  ...range(1, 59, 1),
  ...range(60, 115, 5),
  ...range(120, 300, 30),
];

/** How long what is idle is remembered, s; undefined: not known. */
export interface IdleTimeouts {
  /** By IPVS. */
  readonly ipvs?:
    | Readonly<Record<"tcp" | "tcpFin" | "udp", number>>
    | undefined;
  /** By connection tracking. */
  readonly conntrack?: Readonly<Partial<Record<"tcp" | "udp", number>>>;
}

/**
 * Metrics under kube-proxy's names where they mean the same, and ours beside
 * them.
 */
export class Metrics {
  readonly #sources: MetricsSources;
  readonly #registry: MetricRegistry;
  readonly #startMs: number;
  readonly #triggers = new Map<string, number>();
  #endpointChanges = 0;
  readonly #passDuration: Histogram<"ip_family">;
  readonly #programming: Histogram<"ip_family">;
  readonly #lastPass: Gauge<"ip_family">;
  readonly #lastQueued: Gauge<"ip_family">;
  readonly #endpointTotal: Counter;
  readonly #serviceTotal: Counter;
  readonly #healthz: Counter<"code">;
  readonly #livez: Counter<"code">;
  readonly #repairs: Counter<"kind">;
  readonly #lines: Counter<"tool">;
  readonly #lockWait: Counter;
  readonly #localhost: Counter;
  readonly #toKernel: Histogram;
  readonly #watch: WatchMetrics;
  /** Takes a command that has ended. */
  readonly ran: (run: MeasuredRun) => void;

  private constructor(registry: MetricRegistry, sources: MetricsSources) {
    this.#sources = sources;
    this.#registry = registry;
    this.#startMs = sources.nowMs();
    this.#passDuration = registry.histogram({
      name: "sync_proxy_rules_duration_seconds",
      help: "Duration of passes",
      labelNames: FAMILY,
      buckets: DURATIONS,
    });
    this.#programming = registry.histogram({
      name: "network_programming_duration_seconds",
      help: "From the change of an endpoint to the kernel",
      labelNames: FAMILY,
      buckets: PROGRAMMING,
    });
    this.#lastPass = registry.gauge({
      name: "sync_proxy_rules_last_timestamp_seconds",
      help: "When the last successful pass ended",
      labelNames: FAMILY,
    });
    this.#lastQueued = registry.gauge({
      name: "sync_proxy_rules_last_queued_timestamp_seconds",
      help: "When the last pass was asked for",
      labelNames: FAMILY,
    });
    const counters = countersOf(registry);
    this.#endpointTotal = counters.endpoints;
    this.#serviceTotal = counters.services;
    this.#healthz = counters.healthz;
    this.#livez = counters.livez;
    this.#repairs = counters.repairs;
    this.#lines = counters.lines;
    this.#lockWait = counters.lockWait;
    this.#localhost = counters.localhost;
    registry.state({
      name: "sync_proxy_rules_endpoint_changes_pending",
      help: "Changes of EndpointSlices since the last pass",
    }, () => [[{}, this.#endpointChanges]]);
    this.#toKernel = registry.histogram({
      name: "ipvs_change_to_kernel_seconds",
      help: "From the arrival of a pass's oldest change to its end",
      buckets: DURATIONS,
    });
    this.ran = registerTools(registry);
    this.#watch = registerWatch(registry, () => sources.nowMs());
    registerState(registry, sources);
    registerLimits(registry, sources);
    registerTraffic(registry, sources.traffic);
    registerRealServers(registry, sources);
  }

  /** Loads the library and registers all metrics. */
  static async open(sources: MetricsSources): Promise<Metrics> {
    return new Metrics(await MetricRegistry.open(), sources);
  }

  /** Says how long IPVS and connection tracking keep what is idle, s. */
  setIdleTimeouts(read: () => IdleTimeouts): void {
    this.#registry.state({
      name: "ipvs_idle_timeout_seconds",
      help: "How long IPVS remembers what is idle; it holds for the whole host",
      labelNames: ["kind"],
    }, () => {
      const { ipvs } = read();
      return ipvs === undefined ? [] : [
        [{ kind: "tcp" }, ipvs.tcp],
        [{ kind: "tcpfin" }, ipvs.tcpFin],
        [{ kind: "udp" }, ipvs.udp],
      ];
    });
    this.#registry.state({
      name: "ipvs_conntrack_timeout_seconds",
      help:
        "How long connection tracking remembers what is idle; where it is " +
        "shorter than IPVS's, it holds for what is masqueraded",
      labelNames: ["kind"],
    }, () => {
      const { tcp, udp } = read().conntrack ?? {};
      return [
        ...(tcp === undefined ? [] : [[{ kind: "tcp" }, tcp] as const]),
        ...(udp === undefined ? [] : [[{ kind: "udp" }, udp] as const]),
      ];
    });
  }

  /** Text for a scrape, and its content type. */
  text(): Promise<{ readonly text: string; readonly type: string }> {
    return this.#registry.text();
  }

  /** Counts an answer of the health server; `/readyz` has no counter. */
  answered(path: string, status: number): void {
    const code = String(status);
    if (path === "/healthz") this.#healthz.inc({ code });
    else if (path === "/livez") this.#livez.inc({ code });
  }

  /** Counts what the API server told of. */
  took(input: SourceEvent): void {
    this.#watch.took(input);
    const { source, event: { kind } } = input;
    if (kind !== "upsert" && kind !== "delete") return;
    if (source === "EndpointSlice") {
      this.#endpointTotal.inc();
      this.#endpointChanges++;
    } else if (source === "Service") this.#serviceTotal.inc();
    else return;
    const seconds = this.#sources.nowMs() / 1_000;
    for (const label of this.#labels()) this.#lastQueued.set(label, seconds);
  }

  /** A node port was used on 127.0.0.1. */
  localhostConnected(): void {
    this.#localhost.inc();
  }

  /** Takes what the agent tells. */
  observer(): Required<
    Pick<AgentObserver, "passed" | "repaired" | "lockWaited">
  > {
    return {
      passed: (report) => this.#passed(report),
      repaired: (kind, count) => this.#repairs.inc({ kind }, count),
      lockWaited: (ms) => this.#lockWait.inc(ms / 1_000),
    };
  }

  #passed(report: PassReport): void {
    this.#endpointChanges = 0;
    this.#lines.inc({ tool: "ipvsadm" }, report.lines.ipvs);
    this.#lines.inc({ tool: "other" }, report.lines.other);
    for (const label of this.#labels()) {
      this.#passDuration.observe(label, report.durationMs / 1_000);
      if (report.failures.size > 0) continue;
      this.#lastPass.set(label, this.#sources.nowMs() / 1_000);
    }
    if (report.oldestChangeMs !== undefined) {
      const ms = this.#sources.monotonicMs() - report.oldestChangeMs;
      this.#toKernel.observe(ms / 1_000);
    }
    for (const service of report.services) {
      if (!report.failures.has(service)) this.#programmed(service);
    }
  }

  /** Each change of an endpoint is counted once, and none from before us. */
  #programmed(service: ServiceName): void {
    for (const { name, family, triggerMs } of this.#sources.slices(service)) {
      const seenMs = this.#triggers.get(name) ?? this.#startMs;
      if (triggerMs === undefined || triggerMs <= seenMs) continue;
      this.#triggers.set(name, triggerMs);
      const seconds = (this.#sources.nowMs() - triggerMs) / 1_000;
      this.#programming.observe({ ip_family: FAMILY_LABELS[family] }, seconds);
    }
  }

  #labels(): { ip_family: string }[] {
    return [...this.#sources.families].map((family) => ({
      ip_family: FAMILY_LABELS[family],
    }));
  }
}
