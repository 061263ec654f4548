import type { ServicePlan, VirtualServerKey } from "#plan";
import type { MetricRegistry } from "./metric_registry.ts";
import type { TrafficTable } from "./report/input.ts";
import type { TrafficReader } from "./traffic_reader.ts";
import {
  detailOf,
  portsOfServers,
  type TrafficDetail,
  type TrafficMode,
  type TrafficRow,
  TrafficTotals,
} from "./traffic_totals.ts";

/** What traffic is told from. */
export interface TrafficSources {
  /** Reads the kernel. */
  readonly reader: Pick<TrafficReader, "read">;
  /** How much is asked for. */
  readonly mode: TrafficMode;
  /** Plans of all Services. */
  plans(): Iterable<ServicePlan>;
  /** Whether a Service has a virtual server; another may claim it too. */
  has(key: VirtualServerKey, service: string): boolean;
}

/** Labels of a port of a Service. */
export const PORT = ["namespace", "service", "port", "protocol"] as const;
const KINDS = ["service", "real_server"] as const;

/** Turns the kernel's counters into rows, once for each reading. */
class TrafficRows {
  readonly #sources: TrafficSources;
  readonly #totals = new TrafficTotals();
  #table: TrafficTable | undefined;
  #rows: readonly TrafficRow[] = [];

  constructor(sources: TrafficSources) {
    this.#sources = sources;
  }

  get omitted(): number {
    return this.#totals.omitted;
  }

  async read(): Promise<readonly TrafficRow[]> {
    const { reader, mode } = this.#sources;
    if (mode === "off") return [];
    const all = [...this.#sources.plans()];
    const detail = detailFor(mode, all);
    if (detail === "none") return [];
    const table = await reader.read();
    if (table === undefined) return [];
    if (table !== this.#table) {
      const ports = portsOfServers(
        all,
        (key, service) => this.#sources.has(key, service),
      );
      this.#rows = this.#totals.take(table, ports, detail);
      this.#table = table;
    }
    return this.#rows;
  }
}

/** How much to tell while these are the plans. */
export function detailFor(
  mode: TrafficMode,
  plans: readonly ServicePlan[],
): TrafficDetail {
  return detailOf(mode, sizeOf(plans));
}

function sizeOf(
  plans: readonly ServicePlan[],
): { readonly ports: number; readonly realServers: number } {
  let ports = 0;
  let realServers = 0;
  for (const { frontends } of plans) {
    const names = new Set<string>();
    const endpoints = new Set<string>();
    for (const { portName, protocol, virtualServers } of frontends) {
      names.add(`${portName} ${protocol}`);
      for (const server of virtualServers) {
        for (const key of server.realServers.keys()) endpoints.add(key);
      }
    }
    ports += names.size;
    realServers += endpoints.size;
  }
  return { ports, realServers };
}

/**
 * Registers connections, packets and bytes of Services and real servers. They
 * are absent, not 0, where the kernel does not count.
 */
export function registerTraffic(
  registry: MetricRegistry,
  sources: TrafficSources,
): void {
  const source = new TrafficRows(sources);
  for (const kind of KINDS) {
    const isOurs = ({ labels }: TrafficRow): boolean =>
      ("real_server" in labels) === (kind === "real_server");
    const own = kind === "service" ? PORT : [...PORT, kind] as const;
    const who = kind === "service" ? "a Service's port" : "a real server";
    registry.readCounter(
      {
        name: `ipvs_${kind}_connections_total`,
        help: `Connections that were scheduled to ${who}`,
        labelNames: own,
      },
      async () =>
        (await source.read()).filter(isOurs).map(({ labels, total }) =>
          [labels, total.connections] as const
        ),
    );
    for (const unit of ["packets", "bytes"] as const) {
      registry.readCounter(
        {
          name: `ipvs_${kind}_${unit}_total`,
          help: `${unit === "bytes" ? "Bytes" : "Packets"} of ${who}; ` +
            "in: from clients, out: to them",
          labelNames: [...own, "direction"],
        },
        async () =>
          (await source.read()).filter(isOurs).flatMap((row) =>
            directions(row, unit)
          ),
      );
    }
  }
  registry.state({
    name: "ipvs_traffic_omitted",
    help: "Services' ports and real servers whose traffic is not told",
  }, () => [[{}, source.omitted]]);
}

function directions(
  { labels, total }: TrafficRow,
  unit: "packets" | "bytes",
): readonly (readonly [labels: Record<string, string>, value: number])[] {
  const isBytes = unit === "bytes";
  return [
    [{ ...labels, direction: "in" }, isBytes ? total.bytesIn : total.packetsIn],
    [
      { ...labels, direction: "out" },
      isBytes ? total.bytesOut : total.packetsOut,
    ],
  ];
}
