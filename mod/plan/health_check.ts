import type { EndpointSlice, IpAddress, IpFamily, Service } from "#model";
import { collectEndpoints, isLocal } from "./endpoints.ts";
import { indexPorts } from "./port_index.ts";

/**
 * Distinct addresses of ready endpoints on this node, over all ports of the
 * Service. Those that are terminating never count, even when they serve.
 */
export function readyLocalAddresses(
  service: Service,
  slices: readonly EndpointSlice[],
  { family, nodeName }: {
    readonly family: IpFamily;
    readonly nodeName: string;
  },
): readonly IpAddress[] {
  const index = indexPorts(slices, family);
  const addresses = new Set<IpAddress>();
  for (const port of service.ports) {
    for (const endpoint of collectEndpoints(index.of(port))) {
      if (endpoint.state.ready && isLocal(endpoint, nodeName)) {
        addresses.add(endpoint.state.address);
      }
    }
  }
  return [...addresses].sort();
}
