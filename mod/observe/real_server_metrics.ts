import type { ObservedVirtualServer } from "#diff";
import type { VirtualServerKey } from "#plan";
import type { MetricRegistry } from "./metric_registry.ts";
import { detailFor, PORT, type TrafficSources } from "./traffic_metrics.ts";
import type { TrafficReader } from "./traffic_reader.ts";
import {
  MOST_ROWS,
  type PortLabels,
  portsOfServers,
} from "./traffic_totals.ts";

/** Virtual servers as the kernel has them. */
export type ListedServers = ReadonlyMap<
  VirtualServerKey,
  ObservedVirtualServer
>;

/** What real servers are told from. */
export interface RealServerSources {
  /** Lists the virtual servers of now. */
  readonly servers: Pick<TrafficReader<ListedServers>, "read">;
  /** Of whom is told, and how much. */
  readonly traffic: Omit<TrafficSources, "reader">;
}

/** One real server of a Service's port, by all its virtual servers. */
export interface RealServerRow {
  /** Whose. */
  readonly labels: PortLabels & { readonly real_server: string };
  /** The largest of its weights; 0: it takes no new connections. */
  weight: number;
  /** Connections in an active state. */
  active: number;
  /** Connections in any other state. */
  inactive: number;
}

/**
 * Real servers of Services' ports: a port has several virtual servers, and a
 * connection is one of exactly one of them. No more than `MOST_ROWS`.
 */
export function realServerRows(
  listed: ListedServers,
  ports: ReadonlyMap<VirtualServerKey, PortLabels>,
): readonly RealServerRow[] {
  const rows = new Map<string, RealServerRow>();
  for (const [key, port] of ports) {
    for (const [real, seen] of listed.get(key)?.realServers ?? []) {
      const labels = { ...port, "real_server": real };
      const name = JSON.stringify(Object.values(labels));
      const row = rows.get(name) ??
        { labels, weight: 0, active: 0, inactive: 0 };
      row.weight = Math.max(row.weight, seen.weight);
      row.active += seen.activeConnections;
      row.inactive += seen.inactiveConnections;
      if (rows.has(name) || rows.size < MOST_ROWS) rows.set(name, row);
    }
  }
  return [...rows.values()];
}

const GAUGES = [
  [
    "weight",
    "weight",
    "Weight of a real server in the kernel; 0: no new connections",
  ],
  [
    "active_connections",
    "active",
    "Connections of a real server in an active state, as IPVS counts",
  ],
  [
    "inactive_connections",
    "inactive",
    "Connections of a real server in any other state, as IPVS counts",
  ],
] as const;

/**
 * Registers weights and connections of real servers, wherever their traffic
 * would be told too. They are absent where the kernel cannot be listed.
 */
export function registerRealServers(
  registry: MetricRegistry,
  { servers, traffic }: RealServerSources,
): void {
  let known: ListedServers | undefined;
  let rows: readonly RealServerRow[] = [];
  const read = async (): Promise<readonly RealServerRow[]> => {
    const all = [...traffic.plans()];
    const detail = detailFor(traffic.mode, all);
    if (all.length === 0 || detail !== "real-servers") return [];
    const listed = await servers.read();
    if (listed === undefined) return [];
    if (listed !== known) {
      const ports = portsOfServers(
        all,
        (key, service) => traffic.has(key, service),
      );
      rows = realServerRows(listed, ports);
      known = listed;
    }
    return rows;
  };
  for (const [name, field, help] of GAUGES) {
    registry.state(
      {
        name: `ipvs_real_server_${name}`,
        help,
        labelNames: [...PORT, "real_server"],
      },
      async () =>
        (await read()).map((row) => [row.labels, row[field]] as const),
    );
  }
}
