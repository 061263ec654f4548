import {
  type Cidr,
  cidrContains,
  type ClusterNode,
  familyOf,
  familyOfCidr,
  type IpAddress,
  type IpFamily,
  specialRange,
} from "#model";

/** `nodePortAddresses`: networks, or `primary` alone; empty: the Node's own. */
export type NodePortAddresses = readonly Cidr[] | readonly ["primary"];

/**
 * Addresses that serve node ports (behaviour 2.4).
 *
 * - none configured: those addresses of the Node object that this host has
 * - `primary`: of those the first of each family
 * - networks: every address of the host within them; a family that has none
 *   of them is not limited
 *
 * Never loopback, link-local IPv6, or an address of our own device only.
 */
export function selectNodePortAddresses(
  config: NodePortAddresses,
  hostAddresses: ReadonlyMap<string, ReadonlySet<IpAddress>>,
  { node, device }: {
    /** This node; undefined: not known yet, so that it has no address. */
    readonly node: ClusterNode | undefined;
    /** Name of our own device. */
    readonly device: string;
  },
): readonly IpAddress[] {
  const present = listUsable(hostAddresses, device);
  if (config.length > 0 && config[0] !== "primary") {
    return selectByNetwork(config as readonly Cidr[], present);
  }
  const own = (node?.addresses ?? []).filter((address) => present.has(address));
  return config.length === 0 ? own : firstOfEachFamily(own);
}

function listUsable(
  hostAddresses: ReadonlyMap<string, ReadonlySet<IpAddress>>,
  device: string,
): ReadonlySet<IpAddress> {
  const present = new Set<IpAddress>();
  for (const [name, addresses] of hostAddresses) {
    if (name === device) continue;
    for (const address of addresses) {
      if (isUsable(address)) present.add(address);
    }
  }
  return present;
}

function isUsable(address: IpAddress): boolean {
  const range = specialRange(address);
  return range === undefined ||
    (range === "link-local" && familyOf(address) === "ipv4");
}

function selectByNetwork(
  cidrs: readonly Cidr[],
  present: ReadonlySet<IpAddress>,
): readonly IpAddress[] {
  const limited = new Set<IpFamily>(cidrs.map(familyOfCidr));
  return [...present].filter((address) =>
    !limited.has(familyOf(address)) ||
    cidrs.some((cidr) => cidrContains(cidr, address))
  ).sort();
}

function firstOfEachFamily(
  addresses: readonly IpAddress[],
): readonly IpAddress[] {
  return addresses.filter((address, index) =>
    addresses.findIndex((other) => familyOf(other) === familyOf(address)) ===
      index
  );
}
