/**
 * Objects of a history, in the few words that matter to it, and as JSON of the
 * API, which is what the agent is told.
 *
 * @module
 */

/** JSON of the API. */
export type Wire = Readonly<Record<string, unknown>>;
/** Traffic policies as the API spells them. */
export type Policy = "Cluster" | "Local";

/** A port of a Service. */
export interface SimPort {
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
  readonly targetPort: number;
  readonly nodePort?: number;
}

/** A Service. */
export interface SimService {
  readonly kind: "Service";
  readonly name: string;
  /** Seconds since 2026. */
  readonly created: number;
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
  readonly clusterIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly balancerIps: readonly string[];
  readonly ports: readonly SimPort[];
  readonly inside: Policy;
  readonly outside: Policy;
  readonly affinitySeconds?: number;
  readonly ranges?: readonly string[];
  readonly healthPort?: number;
  /** Annotations without the prefix of this proxy. */
  readonly wishes: Readonly<Record<string, string>>;
  /** `whole`: it cannot be used; `part`: a part of it is left out. */
  readonly flaw?: "whole" | "part";
}

/** An endpoint. */
export interface SimEndpoint {
  readonly address: string;
  readonly state: "ready" | "unready" | "terminating" | "ending";
  readonly node: string;
  readonly zone: string;
  readonly hint?: string;
}

/** An EndpointSlice. */
export interface SimSlice {
  readonly kind: "EndpointSlice";
  readonly name: string;
  readonly service: string;
  readonly family: "ipv4" | "ipv6";
  readonly ports: readonly SimPort[];
  readonly endpoints: readonly SimEndpoint[];
  readonly flaw?: "whole" | "part";
}

/** This node's own Node. */
export interface SimNode {
  readonly kind: "Node";
  readonly name: string;
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  readonly zone?: string;
}

/** A ServiceCIDR. */
export interface SimServiceCidr {
  readonly kind: "ServiceCIDR";
  readonly name: string;
  readonly cidrs: readonly string[];
}

/** Any of them. */
export type SimObject = SimService | SimSlice | SimNode | SimServiceCidr;

/** Key of an object in a watch. */
export function watchKey({ kind, name }: SimObject): string {
  return kind === "Service" || kind === "EndpointSlice"
    ? `default/${name}`
    : name;
}

/** An object as JSON of the API. */
export function toWire(object: SimObject): Wire {
  switch (object.kind) {
    case "Service":
      return serviceWire(object);
    case "EndpointSlice":
      return sliceWire(object);
    case "Node":
      return {
        metadata: {
          name: object.name,
          labels: { "topology.kubernetes.io/zone": object.zone ?? "" },
        },
        spec: { podCIDRs: object.podCidrs },
        status: {
          addresses: object.addresses.map((address) => ({
            type: "InternalIP",
            address,
          })),
        },
      };
    case "ServiceCIDR":
      return {
        metadata: { name: object.name },
        spec: { cidrs: object.cidrs },
      };
  }
}

function serviceWire(service: SimService): Wire {
  const { name, created, clusterIps, flaw } = service;
  const annotations: Record<string, string> = {};
  for (const [wish, value] of Object.entries(service.wishes)) {
    annotations[`ipvs.kube-proxy.io/${wish}`] = value;
  }
  if (flaw === "part") annotations["ipvs.kube-proxy.io/nonsense"] = "1; -C";
  const bad = flaw === "part" ? ["127.0.0.1", "1.1.1.1 -A", 7] : [];
  return {
    metadata: {
      name,
      namespace: "default",
      uid: name,
      creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, created))
        .toISOString(),
      annotations,
    },
    spec: {
      type: service.type,
      clusterIP: clusterIps[0],
      clusterIPs: clusterIps,
      ipFamilies: clusterIps.map((ip) => ip.includes(":") ? "IPv6" : "IPv4"),
      externalIPs: [...service.externalIps, ...bad],
      ports: flaw === "whole"
        ? [{ port: 700_000, protocol: "TCP" }]
        : service.ports.map(servicePort),
      internalTrafficPolicy: service.inside,
      externalTrafficPolicy: service.outside,
      ...optional("healthCheckNodePort", service.healthPort),
      ...optional("loadBalancerSourceRanges", service.ranges),
      ...(service.affinitySeconds === undefined ? {} : {
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: {
          clientIP: { timeoutSeconds: service.affinitySeconds },
        },
      }),
    },
    status: {
      loadBalancer: { ingress: service.balancerIps.map((ip) => ({ ip })) },
    },
  };
}

function servicePort(
  { name, protocol, port, targetPort, nodePort }: SimPort,
): Wire {
  return {
    name,
    protocol: protocol.toUpperCase(),
    port,
    targetPort,
    ...optional("nodePort", nodePort),
  };
}

function optional(name: string, value: unknown): Wire {
  return value === undefined ? {} : { [name]: value };
}

function sliceWire(slice: SimSlice): Wire {
  const { name, service, family, ports, endpoints, flaw } = slice;
  const bad = flaw === "part"
    ? [{ addresses: ["127.0.0.9"] }, { addresses: ["10.0.0.300"] }]
    : [];
  return {
    metadata: {
      name,
      namespace: "default",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: family === "ipv4" ? "IPv4" : "IPv6",
    ports: ports.map(({ name, protocol, targetPort }) => ({
      name,
      protocol: protocol.toUpperCase(),
      port: targetPort,
    })),
    endpoints: flaw === "whole"
      ? [7]
      : [...endpoints.map(endpointWire), ...bad],
  };
}

function endpointWire(
  { address, state, node, zone, hint }: SimEndpoint,
): Wire {
  return {
    addresses: [address],
    conditions: {
      ready: state === "ready",
      serving: state === "ready" || state === "terminating",
      terminating: state === "terminating" || state === "ending",
    },
    nodeName: node,
    zone,
    ...(hint === undefined ? {} : { hints: { forZones: [{ name: hint }] } }),
  };
}
