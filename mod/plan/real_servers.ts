import type { Service } from "#model";
import { type Endpoint, isLocal } from "./endpoints.ts";
import { packRealServers } from "./packed_real_servers.ts";
import { shuffled } from "./shuffle.ts";
import type { PlanContext, RealServer, RealServerKey } from "./types.ts";

const NO_REAL_SERVERS: ReadonlyMap<RealServerKey, RealServer> = new Map();

/**
 * Real servers for endpoints, with the weights that the Service asks for, in
 * an order of this node's own.
 */
export function toRealServers(
  endpoints: readonly Endpoint[],
  service: Service,
  context: PlanContext,
): ReadonlyMap<RealServerKey, RealServer> {
  if (endpoints.length === 0) return NO_REAL_SERVERS;
  const servers = endpoints.map((endpoint) => ({
    key: endpoint.key,
    weight: weightOf(endpoint, service, context),
  }));
  // A zone at weight 0 is the last resort, not a reason to refuse.
  const usable = servers.some(({ weight }) => weight > 0)
    ? servers
    : servers.map(({ key }) => ({ key, weight: 1 }));
  return packRealServers(shuffled(usable, context.nodeName));
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
