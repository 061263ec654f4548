/** A string that only its parser may make. */
export type Branded<Name extends string> = string & {
  readonly __brand: Name;
};

/** IPv4 or IPv6 address in canonical text (RFC 5952 for IPv6). */
export type IpAddress = Branded<"IpAddress">;
/** Network in canonical text, host bits zero: "10.0.0.0/8". */
export type Cidr = Branded<"Cidr">;
/** Namespace and name of a Service: "default/web". */
export type ServiceName = Branded<"ServiceName">;
/** Namespace and name of an EndpointSlice: "default/web-x7k2p". */
export type SliceName = Branded<"SliceName">;

/** Family of an address. */
export type IpFamily = "ipv4" | "ipv6";
/** Transport protocols that IPVS balances. */
export type Protocol = "tcp" | "udp" | "sctp";
/** Which endpoints a client may be sent to. */
export type TrafficPolicy = "cluster" | "local";

/** Something in an object that cannot be programmed, and why. */
export interface Rejection {
  /** Kind and name: "Service default/web". */
  readonly object: string;
  /** Path of the field: "spec.ports[1].protocol"; empty: the whole object. */
  readonly field: string;
  /** "Cannot X: state"; says what would be accepted. */
  readonly reason: string;
}

/**
 * What decoding one object of the API gave.
 *
 * - `object`: usable; `rejections` names parts that were left out
 * - `absent`: well-formed but not for this proxy (headless, ExternalName, ...)
 * - `malformed`: not usable; the last good state of the object stands
 */
export type Decoded<Value> =
  | {
    readonly kind: "object";
    readonly value: Value;
    readonly rejections: readonly Rejection[];
  }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "malformed"; readonly rejections: readonly Rejection[] };

/** One port of a Service. */
export interface ServicePort {
  /** Name within the Service; empty when it has only one port. */
  readonly name: string;
  /** Transport protocol. */
  readonly protocol: Protocol;
  /** Port of cluster, external and load-balancer addresses, 1 to 65535. */
  readonly port: number;
  /** Port on node addresses, 1 to 65535; absent: none. */
  readonly nodePort?: number;
}

/** Names of the kernel's IPVS schedulers (ipvsadm(8), `-s`). */
export type Scheduler =
  | "rr"
  | "wrr"
  | "lc"
  | "wlc"
  | "fo"
  | "ovf"
  | "lblc"
  | "lblcr"
  | "sh"
  | "dh"
  | "mh"
  | "sed"
  | "nq";

/** Scheduler flags by their names in ipvsadm(8), `-b`. */
export type SchedulerFlag =
  | "sh-fallback"
  | "sh-port"
  | "mh-fallback"
  | "mh-port";

/** What a Service asks of this proxy by annotation. */
export interface ServiceWishes {
  /** Scheduler of all its virtual servers; absent: the configured one. */
  readonly scheduler?: Scheduler;
  /** Scheduler flags; absent: the scheduler's defaults here. */
  readonly schedulerFlags?: readonly SchedulerFlag[];
  /** Weight of endpoints on this node, 1 to 65535; absent: 1. */
  readonly localWeight?: number;
  /** Weight of endpoints by zone, 0 to 65535; absent zones: 1. */
  readonly zoneWeights?: ReadonlyMap<string, number>;
  /** Kinds of address that are left to another owner on the node. */
  readonly leaveAlone: ReadonlySet<FrontendKind>;
  /** `loadBalancerSourceRanges` limit the node ports too. */
  readonly restrictsNodePorts?: boolean;
  /** Hard limit of a drain, in seconds; absent: the configured one. */
  readonly drainLimitSeconds?: number;
}

/** By what kind of address a frontend is reached. */
export type FrontendKind =
  | "cluster-ip"
  | "external-ip"
  | "load-balancer"
  | "node-port";

/** A Service, decoded and valid. */
export interface Service {
  /** Namespace and name. */
  readonly name: ServiceName;
  /** `metadata.uid`; empty when absent. */
  readonly uid: string;
  /** `metadata.creationTimestamp` in ms since 1970; 0 when absent. */
  readonly createdMs: number;
  /** Type, ExternalName excepted. */
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** At most one of each family. */
  readonly clusterIps: readonly IpAddress[];
  /** Both families, no doubles. */
  readonly externalIps: readonly IpAddress[];
  /** Ingress addresses whose `ipMode` is VIP or absent. */
  readonly loadBalancerIps: readonly IpAddress[];
  /**
   * `loadBalancerSourceRanges`; absent: everybody. An empty list of one
   * family closes that family.
   */
  readonly sourceRanges?: readonly Cidr[];
  /** Policy of cluster IPs. */
  readonly internalTrafficPolicy: TrafficPolicy;
  /** Policy of all other frontends. */
  readonly externalTrafficPolicy: TrafficPolicy;
  /** Port of the health check; only LoadBalancer with policy Local. */
  readonly healthCheckNodePort?: number;
  /** ClientIP affinity, 1 to 86400; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
  /** At least one; names and (protocol, port) are unique. */
  readonly ports: readonly ServicePort[];
  /** What its annotations ask for. */
  readonly wishes: ServiceWishes;
}

/** One port of an EndpointSlice. */
export interface SlicePort {
  /** Name; matches `ServicePort.name`. */
  readonly name: string;
  /** Transport protocol. */
  readonly protocol: Protocol;
  /** Port of the endpoints, 1 to 65535. */
  readonly port: number;
}

/** One endpoint of a slice; its ports are the slice's. */
export interface SliceEndpoint {
  /** First of its addresses. */
  readonly address: IpAddress;
  /** Nil counts as true. */
  readonly ready: boolean;
  /** Nil counts as `ready`. */
  readonly serving: boolean;
  /** Nil counts as false. */
  readonly terminating: boolean;
  /** Node that it runs on; absent: unknown. */
  readonly nodeName?: string;
  /** Zone that it runs in; absent: unknown. */
  readonly zone?: string;
  /** `hints.forZones`; empty: none. */
  readonly zoneHints: readonly string[];
  /** `hints.forNodes`; empty: none. */
  readonly nodeHints: readonly string[];
}

/** An EndpointSlice, decoded and valid. */
export interface EndpointSlice {
  /** Namespace and name. */
  readonly name: SliceName;
  /** Service that it belongs to. */
  readonly service: ServiceName;
  /** Family of all its addresses. */
  readonly family: IpFamily;
  /** Ports of every endpoint. */
  readonly ports: readonly SlicePort[];
  /** Endpoints. */
  readonly endpoints: readonly SliceEndpoint[];
  /** Annotation `last-change-trigger-time`, ms since 1970; absent: none. */
  readonly triggerMs?: number;
}

/** A Node, decoded and valid. */
export interface ClusterNode {
  /** Its name. */
  readonly name: string;
  /** InternalIPs, then ExternalIPs, both families, no doubles. */
  readonly addresses: readonly IpAddress[];
  /** `spec.podCIDRs`. */
  readonly podCidrs: readonly Cidr[];
  /** Label `topology.kubernetes.io/zone`; absent: unknown or empty. */
  readonly zone?: string;
  /** Not being deleted, and not tainted by the cluster autoscaler. */
  readonly eligible: boolean;
}

/** A ServiceCIDR, decoded and valid. */
export interface ServiceCidr {
  /** Its name. */
  readonly name: string;
  /** One or two networks. */
  readonly cidrs: readonly Cidr[];
}
