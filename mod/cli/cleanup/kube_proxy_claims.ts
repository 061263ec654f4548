import { parseServerKey } from "#diff";
import { familyOf, type IpAddress, type IpFamily } from "#model";
import type { VirtualServerKey } from "#plan";
import { kubeProxySetName } from "./kube_proxy_names.ts";
import type { Seen } from "./types.ts";

/** What in the kernel's tables is provably kube-proxy's. */
export interface KubeProxyClaims {
  /** Virtual servers. */
  readonly servers: ReadonlySet<VirtualServerKey>;
  /** Addresses on the device. */
  readonly addresses: ReadonlySet<IpAddress>;
}

/** Sets with an element for each of its virtual servers, node ports aside. */
const FRONTEND_SETS: readonly string[] = [
  "KUBE-CLUSTER-IP",
  "KUBE-EXTERNAL-IP",
  "KUBE-EXTERNAL-IP-LOCAL",
  "KUBE-LOAD-BALANCER",
  "KUBE-NODE-PORT-SCTP-HASH",
];

/**
 * kube-proxy keeps no record, but for each virtual server that it makes it
 * puts an element into one of its sets, and it makes every virtual server that
 * they name its own, real servers and all. So what its sets name is its own,
 * unless it has a real server that is reached otherwise than by NAT, which it
 * never makes. Node ports are elements without an address: these count on
 * addresses of the host only.
 */
export function claimsOfKubeProxy(
  { servers, sets, device, hostAddresses }: Seen,
): KubeProxyClaims {
  const has = (name: string, family: IpFamily, element: string): boolean =>
    sets.get(kubeProxySetName(name, family))?.elements.has(element) ?? false;
  const isNamed = (key: VirtualServerKey): boolean => {
    const parsed = parseServerKey(key);
    if (parsed === undefined) return false; // it makes none by mark
    const { protocol, address, port } = parsed;
    const family = familyOf(address);
    const element = `${address},${protocol}:${port}`;
    if (FRONTEND_SETS.some((name) => has(name, family, element))) return true;
    const ports = `KUBE-NODE-PORT-${protocol.toUpperCase()}`;
    return hostAddresses.has(address) && has(ports, family, String(port));
  };
  const own = [...servers.values()].filter(({ key, realServers }) =>
    isNamed(key) &&
    [...realServers.values()].every(({ forwardingMethod }) =>
      forwardingMethod === "masquerading" || forwardingMethod === "local"
    )
  );
  return {
    servers: new Set(own.map(({ key }) => key)),
    addresses: new Set(
      [...device?.addresses ?? []].filter((address) =>
        has("KUBE-IPVS-IPS", familyOf(address), address)
      ),
    ),
  };
}
