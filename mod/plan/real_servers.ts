import type { Service } from "#model";
import { type DrainTarget, isQuiesced } from "./drain_target.ts";
import { type Endpoint, isLocal } from "./endpoints.ts";
import { packRealServers } from "./packed_real_servers.ts";
import { shuffled } from "./shuffle.ts";
import type { PlanContext, RealServer, RealServerKey } from "./types.ts";

const NO_TARGETS: ReadonlySet<DrainTarget> = new Set();
const NO_REAL_SERVERS: ReadonlyMap<RealServerKey, RealServer> = new Map();

/**
 * Real servers for endpoints, with the weights that the Service asks for, in
 * an order of this node's own. Those that are drained by hand get weight 0 as
 * long as there are others (I2).
 */
export function toRealServers(
  endpoints: readonly Endpoint[],
  service: Service,
  context: PlanContext,
): ReadonlyMap<RealServerKey, RealServer> {
  if (endpoints.length === 0) return NO_REAL_SERVERS;
  const { quiesced = NO_TARGETS } = context;
  const kept = endpoints.filter((endpoint) => !isQuiesced(endpoint, quiesced));
  const drained = kept.length === 0 || kept.length === endpoints.length
    ? []
    : endpoints.filter((endpoint) => isQuiesced(endpoint, quiesced));
  const servers = [
    ...weigh(drained.length === 0 ? endpoints : kept, service, context),
    ...drained.map(({ key }) => ({ key, weight: 0 })),
  ];
  return packRealServers(shuffled(servers, context.nodeName));
}

function weigh(
  endpoints: readonly Endpoint[],
  service: Service,
  context: PlanContext,
): readonly RealServer[] {
  const servers = endpoints.map((endpoint) => ({
    key: endpoint.key,
    weight: weightOf(endpoint, service, context),
  }));
  // A zone at weight 0 is the last resort, not a reason to refuse.
  return servers.some(({ weight }) => weight > 0)
    ? servers
    : servers.map(({ key }) => ({ key, weight: 1 }));
}

function weightOf(
  endpoint: Endpoint,
  { wishes }: Service,
  { nodeName }: PlanContext,
): number {
  if (wishes.localWeight !== undefined && isLocal(endpoint, nodeName)) {
    return wishes.localWeight;
  }
  const { zone } = endpoint.state;
  return zone === undefined ? 1 : wishes.zoneWeights?.get(zone) ?? 1;
}
