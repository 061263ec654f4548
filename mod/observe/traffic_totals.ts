import { addTraffic, NO_TRAFFIC, type Traffic } from "#apply";
import type { ServicePlan, VirtualServerKey } from "#plan";
import type { TrafficTable } from "./report/input.ts";

/** How much is told of traffic. */
export type TrafficDetail = "none" | "services" | "real-servers";

/** What of the flag `--traffic-metrics`. */
export type TrafficMode = "auto" | "off" | "services" | "all";

/** Real servers up to which each is told of by itself, unless asked for. */
const FEW_REAL_SERVERS = 2_000;
/** Ports of Services up to which they are told of at all, unless asked for. */
const FEW_PORTS = 5_000;
/** More rows than these are never told. */
export const MOST_ROWS = 50_000;

/** Labels of a port of a Service. */
export interface PortLabels {
  /** Namespace. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly service: string;
  /** Name of its port; empty where there is only one. */
  readonly port: string;
  /** Protocol. */
  readonly protocol: string;
}

/** Traffic of one port of a Service, or of one real server of it. */
export interface TrafficRow {
  /** Whose. */
  readonly labels: PortLabels & { readonly real_server?: string };
  /** Since this program first read it, and before as the kernel had it. */
  readonly total: Traffic;
}

/** How much to tell of a table of this size. */
export function detailOf(
  mode: TrafficMode,
  size: { readonly ports: number; readonly realServers: number },
): TrafficDetail {
  if (mode === "off") return "none";
  if (mode === "all") return "real-servers";
  if (mode === "services") return "services";
  if (size.ports > FEW_PORTS) return "none";
  return size.realServers > FEW_REAL_SERVERS ? "services" : "real-servers";
}

/** A virtual server and the port that it serves. */
export type PortOfServer = ReadonlyMap<VirtualServerKey, PortLabels>;

/** Ports of Services by their virtual servers; `has`: the Service has it. */
export function portsOfServers(
  plans: Iterable<ServicePlan>,
  has: (key: VirtualServerKey, service: string) => boolean,
): PortOfServer {
  const ports = new Map<VirtualServerKey, PortLabels>();
  for (const { service: name, frontends } of plans) {
    const slash = name.indexOf("/");
    const namespace = name.slice(0, slash);
    const service = name.slice(slash + 1);
    const labels = new Map<string, PortLabels>();
    for (const { portName: port, protocol, virtualServers } of frontends) {
      for (const { key } of virtualServers) {
        if (!has(key, name)) continue;
        const id = `${protocol} ${port}`;
        const own = labels.get(id) ?? { namespace, service, port, protocol };
        labels.set(id, own);
        ports.set(key, own);
      }
    }
  }
  return ports;
}

interface Kept {
  readonly labels: TrafficRow["labels"];
  total: Traffic;
}

/**
 * Totals that never go back. The kernel counts for each virtual and real
 * server since it was made; a Service has several, and they come and go. What
 * each has gained since the last reading is added up.
 */
export class TrafficTotals {
  #last = new Map<string, Traffic>();
  #rows = new Map<string, Kept>();
  /** Rows that were left out by the last reading. */
  omitted = 0;

  /** Takes a reading; gives all rows. */
  take(
    table: TrafficTable,
    ports: PortOfServer,
    detail: Exclude<TrafficDetail, "none">,
  ): readonly TrafficRow[] {
    const last = new Map<string, Traffic>();
    const rows = new Map<string, Kept>();
    const omitted = new Set<string>();
    const gain = (
      id: string,
      labels: TrafficRow["labels"],
      now: Traffic,
    ): void => {
      const name = JSON.stringify(Object.values(labels));
      last.set(id, now);
      const row = rows.get(name) ??
        { labels, total: this.#rows.get(name)?.total ?? NO_TRAFFIC };
      row.total = add(row.total, now, this.#last.get(id) ?? NO_TRAFFIC);
      if (rows.has(name) || rows.size < MOST_ROWS) rows.set(name, row);
      else omitted.add(name);
    };
    for (const [key, labels] of ports) {
      const traffic = table.get(key);
      if (traffic !== undefined) gain(key, labels, traffic.all);
    }
    if (detail === "real-servers") {
      for (const [key, labels] of ports) {
        for (const [real, now] of table.get(key)?.realServers ?? []) {
          gain(`${key} ${real}`, { ...labels, real_server: real }, now);
        }
      }
    }
    this.#last = last;
    this.#rows = rows;
    this.omitted = omitted.size;
    return [...rows.values()];
  }
}

/** A server that was made anew counts from 0. */
function add(total: Traffic, now: Traffic, before: Traffic): Traffic {
  const isAnew = now.connections < before.connections ||
    now.packetsIn < before.packetsIn;
  const gained = isAnew ? now : addTraffic(now, before, -1);
  return addTraffic(total, gained);
}
