import type { EndpointSlice, IpFamily, Protocol, SliceEndpoint } from "#model";

/** Endpoints of one slice at one port number. */
export interface PortSource {
  /** Port of the endpoints. */
  readonly port: number;
  /** Endpoints of the slice. */
  readonly endpoints: readonly SliceEndpoint[];
}

/** What slices give to each port of a Service, by its name and protocol. */
export interface PortIndex {
  /** Sources of a port, in the order of the slices. */
  of(
    port: { readonly name: string; readonly protocol: Protocol },
  ): readonly PortSource[];
}

const NO_SOURCES: readonly PortSource[] = [];

/**
 * Looks through all ports of all slices of one family once, so that a
 * Service of many ports costs the sum of its ports and theirs.
 */
export function indexPorts(
  slices: readonly EndpointSlice[],
  family: IpFamily,
): PortIndex {
  const index = new Map<string, PortSource[]>();
  for (const { family: own, ports, endpoints } of slices) {
    if (own !== family) continue;
    for (const { name, protocol, port } of ports) {
      const key = `${protocol} ${name}`;
      const source = { port, endpoints };
      const sources = index.get(key);
      if (sources === undefined) index.set(key, [source]);
      else sources.push(source);
    }
  }
  return {
    of: ({ name, protocol }) => index.get(`${protocol} ${name}`) ?? NO_SOURCES,
  };
}
