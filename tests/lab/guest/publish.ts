/**
 * One Service with every kind of frontend in both families, as a real cluster
 * would have it: the addresses of the load balancer come by the status.
 *
 * @module
 */

import type { Api } from "./api.ts";
import {
  type ApiObject,
  type PortSpec,
  serviceObject,
  sliceObject,
} from "./objects.ts";
import type { Place } from "./process.ts";
import type { Protocol } from "./prober.ts";
import type { Pod } from "./topology.ts";

/** Families that the lab has. */
export const FAMILIES = ["ipv4", "ipv6"] as const;
/** A family. */
export type Family = typeof FAMILIES[number];

/** Kinds of address of a Service. */
export type AddressKind = "cluster-ip" | "external-ip" | "load-balancer";

/** What to publish. */
export interface Offer {
  /** Name of the Service. */
  readonly name: string;
  /** Last number of all its addresses: 10 to 250. */
  readonly number: number;
  /** The pods behind it. */
  readonly endpoints: readonly Pod[];
  /** Default tcp. */
  readonly protocols?: readonly Protocol[];
  /** Default 80. */
  readonly port?: number;
  /** Default 8080. */
  readonly targetPort?: number;
  /** Port on nodes; absent: the API server chooses. */
  readonly nodePort?: number;
  /** More of its spec. */
  readonly spec?: ApiObject;
  /** Its annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Addresses of the load balancer; default: those of its number. */
  readonly balancer?: readonly string[];
  /** Whether its slices say which node an endpoint is on; default true. */
  readonly namesNodes?: boolean;
}

/** First numbers of the addresses of each kind; a Service adds its own. */
const PREFIXES: Readonly<
  Record<AddressKind, Readonly<Record<Family, string>>>
> = {
  "cluster-ip": { ipv4: "10.96.7.", ipv6: "fd00:96::7:" },
  "external-ip": { ipv4: "203.0.113.", ipv6: "2001:db8:113::" },
  "load-balancer": { ipv4: "198.51.100.", ipv6: "2001:db8:100::" },
};

/** Flags of an API server that allows these addresses. */
export const CIDR_FLAGS: readonly string[] = [
  ...["--service-cidr", "10.96.0.0/16"],
  ...["--service-cidr", "fd00:96::/108"],
];

/** Commands that route all these addresses to a node. */
export function routesVia(node: Place): string {
  return [
    ...["10.96.0.0/16", "203.0.113.0/24", "198.51.100.0/24"]
      .map((cidr) => `ip route add ${cidr} via ${node.ipv4}`),
    ...["fd00:96::/108", "2001:db8::/32"]
      .map((cidr) => `ip -6 route add ${cidr} via ${node.ipv6}`),
  ].join("\n");
}

/** Address of the Service with a number. */
export function addressOf(
  number: number,
  kind: AddressKind,
  family: Family,
): string {
  return `${PREFIXES[kind][family]}${number}`;
}

/** Creates the Service, its status and its slices. */
export async function publish(api: Api, offer: Offer): Promise<void> {
  const { name, number, port = 80, targetPort = 8080 } = offer;
  const ports: PortSpec[] = (offer.protocols ?? ["tcp"]).map((protocol) => ({
    name: protocol,
    protocol,
    port,
    targetPort,
    ...(offer.nodePort === undefined ? {} : { nodePort: offer.nodePort }),
  }));
  const all = (kind: AddressKind): string[] =>
    FAMILIES.map((family) => addressOf(number, kind, family));
  const service = serviceObject(name, ports, {
    type: "LoadBalancer",
    ipFamilyPolicy: "RequireDualStack",
    ipFamilies: ["IPv4", "IPv6"],
    clusterIP: addressOf(number, "cluster-ip", "ipv4"),
    clusterIPs: all("cluster-ip"),
    externalIPs: all("external-ip"),
    ...offer.spec,
  });
  const metadata = service["metadata"] as ApiObject;
  await api.create({
    ...service,
    metadata: { ...metadata, annotations: offer.annotations ?? {} },
  });
  await publishStatus(api, name, offer.balancer ?? all("load-balancer"));
  if (offer.endpoints.length > 0) await publishSlices(api, offer, ports);
}

async function publishStatus(
  api: Api,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  const ingress = addresses.map((address) => ({ ip: address, ipMode: "VIP" }));
  const { status, body } = await api.request(
    "PATCH",
    `/api/v1/namespaces/default/services/${name}/status`,
    { status: { loadBalancer: { ingress } } },
    "application/merge-patch+json",
  );
  if (status === 200) return;
  throw new Error(`Cannot set the status of ${name}: ${JSON.stringify(body)}`);
}

async function publishSlices(
  api: Api,
  { name, endpoints, namesNodes }: Offer,
  ports: readonly PortSpec[],
): Promise<void> {
  for (const family of FAMILIES) {
    const list = endpoints.map((pod) => ({
      address: pod[family],
      ...(namesNodes === false ? {} : { nodeName: pod.node.name }),
    }));
    await api.create(sliceObject(name, ports, list, `${name}-${family}`));
  }
}
