import type {
  Branded,
  Cidr,
  EndpointSlice,
  FrontendKind,
  IpAddress,
  IpFamily,
  Protocol,
  Rejection,
  Scheduler,
  SchedulerFlag,
  Service,
  ServiceName,
} from "#model";

import type { DrainTarget } from "./drain_target.ts";

/**
 * Identity of a virtual server in ipvsadm's own words: "-t 10.96.0.1:443",
 * "-u [fd00::1]:53", "--sctp-service 10.0.0.1:5", "-f 7", "-f 7 -6".
 */
export type VirtualServerKey = Branded<"VirtualServerKey">;
/** Identity of a real server: "10.244.1.7:8443" or "[fd00::7]:8443". */
export type RealServerKey = Branded<"RealServerKey">;
/** Identity of a frontend: "tcp/10.96.0.1:443". */
export type FrontendKey = Branded<"FrontendKey">;

/** A server behind a virtual server; always masquerading (`-m`). */
export interface RealServer {
  /** Address and port. */
  readonly key: RealServerKey;
  /** Share of new connections, 0 to 65535; 0: quiescent. */
  readonly weight: number;
}

/** One entry of the virtual server table as we want it. */
export interface VirtualServer {
  /** Protocol, address and port, or firewall mark. */
  readonly key: VirtualServerKey;
  /** Scheduler. */
  readonly scheduler: Scheduler;
  /** Scheduler flags, sorted. */
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Persistence in seconds; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
  /** In the order in which they are to be added. */
  readonly realServers: ReadonlyMap<RealServerKey, RealServer>;
}

/**
 * Our sets; each exists once per family. `mod/plan/sets.ts` says the type and
 * the meaning of each.
 */
export type SetKind =
  | "frontends"
  | "cluster-ips"
  | "external"
  | "addresses"
  | "refuse"
  | "drop"
  | "drop-outside"
  | "mark"
  | "restricted"
  | "source-ranges"
  | "health-checks";

/** One element of one of our sets. */
export interface SetEntry {
  /** Family of the set. */
  readonly family: IpFamily;
  /** Which set. */
  readonly set: SetKind;
  /** Element as `ipset save` prints it: "10.96.0.1,tcp:443". */
  readonly element: string;
  /** `skbmark` of sets with `skbinfo`; absent: none. */
  readonly mark?: number;
}

/** How a frontend answers a client that may use it. */
export type Answer = "serve" | "refuse" | "drop";

/** All that one frontend needs in the kernel. */
export interface FrontendPlan {
  /** Protocol, address, port. */
  readonly key: FrontendKey;
  /** Kind of its address. */
  readonly kind: FrontendKind;
  /** Its address. */
  readonly address: IpAddress;
  /** Its protocol. */
  readonly protocol: Protocol;
  /** Its port. */
  readonly port: number;
  /** Name of the Service's port. */
  readonly portName: string;
  /** How clients inside the cluster are answered. */
  readonly inside: Answer;
  /** How clients outside the cluster are answered. */
  readonly outside: Answer;
  /** None (refuse, drop), one, or two (policy Local: plain and by mark). */
  readonly virtualServers: readonly VirtualServer[];
  /** Its set entries. */
  readonly setEntries: readonly SetEntry[];
  /** Whether its address belongs on the device. */
  readonly bind: boolean;
}

/** A health-check node port. */
export interface HealthCheck {
  /** Port to listen on. */
  readonly port: number;
  /** Distinct addresses of ready endpoints on this node. */
  readonly localEndpoints: number;
  /** Those addresses, by families that are served; sorted. */
  readonly localAddresses: ReadonlyMap<IpFamily, readonly IpAddress[]>;
}

/** All that one Service needs in the kernel. */
export interface ServicePlan {
  /** The Service. */
  readonly service: ServiceName;
  /** For the order of claims: older first, then by name. */
  readonly createdMs: number;
  /** Frontends, no two with one key. */
  readonly frontends: readonly FrontendPlan[];
  /** Health-check node port; absent: none. */
  readonly healthCheck?: HealthCheck;
  /** Policy Local, endpoints elsewhere, none usable here. */
  readonly noLocalEndpoints: {
    /** By internal policy. */
    readonly internal: boolean;
    /** By external policy. */
    readonly external: boolean;
  };
  /** What could not be planned, and why. */
  readonly rejections: readonly Rejection[];
}

/** What planning must know of this node and the configuration. */
export interface PlanContext {
  /** Name of this node. */
  readonly nodeName: string;
  /** Zone of this node; absent: unknown. */
  readonly zone?: string;
  /** Addresses that serve node ports, both families. */
  readonly nodePortAddresses: readonly IpAddress[];
  /** Addresses on the node's other interfaces: never bound, never filtered. */
  readonly hostAddresses: ReadonlySet<IpAddress>;
  /** Networks whose addresses reach this host by a route, not one by one. */
  readonly routedCidrs?: readonly Cidr[];
  /** Addresses that this Node's object names; empty: not known yet. */
  readonly nodeAddresses: readonly IpAddress[];
  /** Addresses of other Nodes, the API server and the like: never bound. */
  readonly foreignAddresses: ReadonlyMap<IpAddress, string>;
  /** Families that this host serves. */
  readonly families: ReadonlySet<IpFamily>;
  /** Scheduler of Services that name none. */
  readonly scheduler: Scheduler;
  /** Schedulers that the kernel has; absent: not known, all are tried. */
  readonly availableSchedulers?: ReadonlySet<Scheduler>;
  /** Whether externalIPs are honoured. */
  readonly externalIps: boolean;
  /** What is drained by hand; absent: nothing. */
  readonly quiesced?: ReadonlySet<DrainTarget>;
  /** Firewall mark of a frontend; stable as long as the frontend lives. */
  markOf(key: FrontendKey): number;
}

/** Signature of `planService`. */
export type PlanService = (
  service: Service,
  slices: readonly EndpointSlice[],
  context: PlanContext,
) => ServicePlan;
