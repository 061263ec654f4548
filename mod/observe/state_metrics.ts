import type { AgentSnapshot } from "#agent";
import type { IpFamily, ServiceName } from "#model";
import type { ServicePlan } from "#plan";
import { FAMILY_LABELS } from "./health.ts";
import type { MetricRegistry } from "./metric_registry.ts";

/** State that metrics are read from. */
export interface StateSources {
  /** State of the agent. */
  snapshot(): AgentSnapshot;
  /** Plans of all Services. */
  plans(): ReadonlyMap<ServiceName, ServicePlan>;
  /** How many objects have something that cannot be used. */
  rejections(): number;
  /** Families that are served. */
  readonly families: ReadonlySet<IpFamily>;
  /** Version of this program. */
  readonly version: string;
}

type Row = readonly [name: string, help: string, read: () => number];

/** How many Services have no usable endpoint here although policy asks so. */
function countNoLocal(
  plans: ReadonlyMap<ServiceName, ServicePlan>,
  family: IpFamily,
  policy: "internal" | "external",
): number {
  const isV6 = family === "ipv6";
  let count = 0;
  for (const { noLocalEndpoints, frontends } of plans.values()) {
    if (!noLocalEndpoints[policy]) continue;
    if (frontends.some(({ address }) => address.includes(":") === isV6)) {
      count++;
    }
  }
  return count;
}

function registerNoLocal(
  registry: MetricRegistry,
  sources: StateSources,
): void {
  registry.state(
    {
      name: "sync_proxy_rules_no_local_endpoints_total",
      help: "Services with policy Local and no usable endpoint on this node",
      labelNames: ["ip_family", "traffic_policy"],
    },
    () =>
      [...sources.families].flatMap((family) =>
        (["internal", "external"] as const).map((policy) =>
          [
            { ip_family: FAMILY_LABELS[family], traffic_policy: policy },
            countNoLocal(sources.plans(), family, policy),
          ] as const
        )
      ),
  );
}

/** Of the process itself; Deno keeps /proc shut. */
function registerProcess(registry: MetricRegistry, version: string): void {
  const startSeconds = (performance.timeOrigin) / 1_000;
  registry.state({
    name: ":process_resident_memory_bytes",
    help: "Resident memory in bytes",
  }, () => [[{}, Deno.memoryUsage().rss]]);
  registry.state({
    name: ":process_start_time_seconds",
    help: "When the process started",
  }, () => [[{}, startSeconds]]);
  registry.state({
    name: ":process_heap_bytes",
    help: "Memory of JavaScript objects in bytes",
  }, () => [[{}, Deno.memoryUsage().heapUsed]]);
  registry.state({
    name: "ipvs_build_info",
    help: "Version of this program and of its runtime",
    labelNames: ["version", "deno"],
  }, () => [[{ version, deno: Deno.version.deno }, 1]]);
  registerBuildInfo(registry, version);
}

/** kube-proxy's own, for dashboards that name versions by it. */
function registerBuildInfo(registry: MetricRegistry, version: string): void {
  const [major = "", minor = ""] = version.split(".");
  const arch = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
  const labels: Readonly<Record<string, string>> = Object.fromEntries([
    ...["build_date", "compiler", "git_commit", "git_tree_state", "go_version"]
      .map((name) => [name, ""]),
    ["git_version", `v${version}`],
    ["major", major],
    ["minor", minor],
    ["platform", `${Deno.build.os}/${arch}`],
  ]);
  registry.state({
    name: ":kubernetes_build_info",
    help: "Version of this program, as Kubernetes' programs tell it",
    labelNames: Object.keys(labels),
  }, () => [[labels, 1]]);
}

function snapshotRows(sources: StateSources): readonly Row[] {
  return [
    [
      "ipvs_snapshot_used",
      "Whether a snapshot stands in for an API server out of reach",
      () => sources.snapshot().saved?.isUsed ? 1 : 0,
    ],
    [
      "ipvs_snapshot_written_timestamp_seconds",
      "When the snapshot for a reboot was written last; 0: not by this run",
      () => (sources.snapshot().saved?.writtenMs ?? 0) / 1_000,
    ],
  ];
}

/** Registers gauges that are read from the agent when they are asked for. */
export function registerState(
  registry: MetricRegistry,
  sources: StateSources,
): void {
  const rows: readonly Row[] = [
    [
      "sync_proxy_rules_service_changes_pending",
      "Services with changes that are not in the kernel",
      () => sources.snapshot().counts.pending,
    ],
    ["ipvs_services", "Services", () => sources.snapshot().counts.services],
    [
      "ipvs_virtual_servers",
      "Virtual servers that are wanted",
      () => sources.snapshot().counts.virtualServers,
    ],
    [
      "ipvs_drains",
      "Real servers that drain",
      () => sources.snapshot().counts.drains,
    ],
    [
      "ipvs_failing_services",
      "Services that wait for another try",
      () => sources.snapshot().counts.failing,
    ],
    [
      "ipvs_foreign",
      "Things in the kernel that are not ours and are left alone",
      () => sources.snapshot().foreign.length,
    ],
    ...snapshotRows(sources),
    [
      "ipvs_conflicts",
      "Frontends that more than one Service claims",
      () => sources.snapshot().conflicts.length,
    ],
    [
      "ipvs_owned",
      "Virtual servers and addresses that are recorded as ours",
      () => sources.snapshot().counts.owned,
    ],
    [
      "ipvs_last_agreed_timestamp_seconds",
      "When the kernel was last found, or made, as it should be",
      () => (sources.snapshot().lastAgreedMs ?? 0) / 1_000,
    ],
    [
      "ipvs_rejections",
      "Objects of which something cannot be used",
      () => sources.rejections(),
    ],
  ];
  for (const [name, help, read] of rows) {
    registry.state({ name, help }, () => [[{}, read()]]);
  }
  registerNoLocal(registry, sources);
  registerProcess(registry, sources.version);
}
