import type { Inspection } from "#agent";
import type { Traffic } from "#apply";
import type { ObservedVirtualServer } from "#diff";
import type { TrafficTable } from "#observe";
import type { VirtualServerKey } from "#plan";
import type { ServiceTraffic } from "./types.ts";

const NO_TRAFFIC: Traffic = {
  connections: 0,
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
};

function add(left: Traffic, right: Traffic | undefined): Traffic {
  if (right === undefined) return left;
  return {
    connections: left.connections + right.connections,
    packetsIn: left.packetsIn + right.packetsIn,
    packetsOut: left.packetsOut + right.packetsOut,
    bytesIn: left.bytesIn + right.bytesIn,
    bytesOut: left.bytesOut + right.bytesOut,
  };
}

/** Adds up by Service what was listed by virtual server. */
export function trafficByService(
  listed: ReadonlyMap<VirtualServerKey, ObservedVirtualServer>,
  rates: TrafficTable,
  desired: Pick<Inspection["desired"], "holder">,
): readonly ServiceTraffic[] {
  const found = new Map<string, ServiceTraffic>();
  const usable = new Map<string, Set<string>>();
  for (const [key, { realServers }] of listed) {
    const service = desired.holder(key)?.service;
    if (service === undefined) continue;
    const old = found.get(service);
    const keys = usable.get(service) ?? new Set();
    usable.set(service, keys);
    let { active, inactive } = old ?? { active: 0, inactive: 0 };
    for (const real of realServers.values()) {
      active += real.activeConnections;
      inactive += real.inactiveConnections;
      if (real.weight > 0) keys.add(real.key);
    }
    found.set(service, {
      service,
      active,
      inactive,
      realServers: keys.size,
      rates: add(old?.rates ?? NO_TRAFFIC, rates.get(key)?.all),
    });
  }
  return [...found.values()];
}
