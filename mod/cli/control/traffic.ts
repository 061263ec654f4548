import type { Inspection } from "#agent";
import { addTraffic, NO_TRAFFIC } from "#apply";
import type { ObservedVirtualServer } from "#diff";
import type { TrafficTable } from "#observe";
import type { VirtualServerKey } from "#plan";
import type { ServiceTraffic } from "./types.ts";

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
      rates: addTraffic(
        old?.rates ?? NO_TRAFFIC,
        rates.get(key)?.all ?? NO_TRAFFIC,
      ),
    });
  }
  return [...found.values()];
}
