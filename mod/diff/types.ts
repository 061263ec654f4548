import type { IpAddress, Protocol, ServiceName } from "#model";
import type {
  FrontendKey,
  RealServer,
  RealServerKey,
  SetEntry,
  VirtualServer,
  VirtualServerKey,
} from "#plan";

/** A real server as the kernel has it. */
export interface ObservedRealServer {
  /** Address and port. */
  readonly key: RealServerKey;
  /** `local` is the kernel's own choice for a local address: equal to masquerading. */
  readonly forwardingMethod: "masquerading" | "gatewaying" | "ipip" | "local";
  /** Weight. */
  readonly weight: number;
  /** Connections in an active state. */
  readonly activeConnections: number;
  /** Connections in any other state. */
  readonly inactiveConnections: number;
}

/** A virtual server as the kernel has it. */
export interface ObservedVirtualServer {
  /** Protocol, address and port, or firewall mark. */
  readonly key: VirtualServerKey;
  /** Scheduler, any name that the kernel knows. */
  readonly scheduler: string;
  /** Scheduler flags and `ops`, as listed, sorted. */
  readonly flags: readonly string[];
  /** Persistence in seconds; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
  /** Its real servers. */
  readonly realServers: ReadonlyMap<RealServerKey, ObservedRealServer>;
}

/** One line of a batch; verbs are ipvsadm's long options. */
export type IpvsOperation =
  | { readonly verb: "add-service"; readonly server: VirtualServer }
  | { readonly verb: "edit-service"; readonly server: VirtualServer }
  | { readonly verb: "delete-service"; readonly key: VirtualServerKey }
  | {
    readonly verb: "add-server" | "edit-server";
    readonly key: VirtualServerKey;
    readonly realServer: RealServer;
  }
  | {
    readonly verb: "delete-server";
    readonly key: VirtualServerKey;
    readonly realServerKey: RealServerKey;
  };

/** A real server at weight 0 whose connections are still ending. */
export interface Drain {
  /** Its virtual server. */
  readonly key: VirtualServerKey;
  /** Itself. */
  readonly realServerKey: RealServerKey;
  /** When it began, ms since 1970. */
  readonly startedMs: number;
  /**
   * When its endpoint vanished from every slice, ms since 1970; absent: it is
   * still listed as serving and terminating.
   */
  readonly goneMs?: number;
  /** Hard limit, ms since 1970. */
  readonly deadlineMs: number;
  /**
   * Frontend of a virtual server by mark: the set that tells it, and its
   * Service, may go before the connections do.
   */
  readonly frontend?: FrontendKey;
}

/** What one pass does to the host, in the order of `mod/diff/order.ts`. */
export interface Changes {
  /** Set elements to add, before the virtual servers. */
  readonly setAdds: readonly SetEntry[];
  /** Virtual and real servers, in order. */
  readonly ipvs: readonly IpvsOperation[];
  /** Addresses to add, after the virtual servers. */
  readonly addressAdds: readonly IpAddress[];
  /** Addresses to delete. */
  readonly addressDeletes: readonly IpAddress[];
  /** Set elements to delete, last. */
  readonly setDeletes: readonly SetEntry[];
}

/** A virtual server that is wanted, and for whom. */
export interface DesiredVirtualServer {
  /** What is wanted. */
  readonly server: VirtualServer;
  /** Service whose frontend it serves. */
  readonly service: ServiceName;
  /** That frontend. */
  readonly frontend: FrontendKey;
  /** Protocol of the frontend; a firewall mark alone does not tell. */
  readonly protocol: Protocol;
}

/** Who stands behind a virtual server key, wanted now or until lately. */
export type Holder = Omit<DesiredVirtualServer, "server">;

/** A frontend that several Services claim. */
export interface Conflict {
  /** The frontend. */
  readonly frontend: FrontendKey;
  /** Who has it: the oldest, then the first by name. */
  readonly winner: ServiceName;
  /** Who waits for it, in the order in which they would take over. */
  readonly losers: readonly ServiceName[];
}

/** What a change of the desired state may change in the kernel. */
export interface Touched {
  /** Virtual servers that came, went or differ. */
  readonly virtualServers: ReadonlySet<VirtualServerKey>;
  /** Addresses that came or went. */
  readonly addresses: ReadonlySet<IpAddress>;
  /** Set elements that came, went or got another mark, by `elementId`. */
  readonly elements: ReadonlyMap<string, SetEntry>;
  /** Frontends that more than one claims, where it is news. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Things of the kernel that are recorded as ours, or are to be. The real
 * servers of a virtual server that is ours are ours, and so are the elements
 * of our sets: they need no record.
 */
export interface OwnedThings {
  /** Virtual servers, each with its real servers. */
  readonly virtualServers: readonly VirtualServerKey[];
  /** Addresses on the device. */
  readonly addresses: readonly IpAddress[];
}

/** Something found in the kernel that is not ours, and is left alone. */
export interface Foreign {
  /** What kind of thing. */
  readonly kind: "virtual server" | "address";
  /** Its name: "-t 10.96.0.1:443". */
  readonly name: string;
  /** Whether we want something in its place and cannot have it. */
  readonly inTheWay: boolean;
}

/** Outcome of a comparison. */
export interface DiffResult {
  /** What to do to the host. */
  readonly changes: Changes;
  /** Drains that begin once the changes are made. */
  readonly drainsStarted: readonly Drain[];
  /** Drains that are over: the endpoint is back, or its server is gone. */
  readonly drainsEnded: readonly Drain[];
  /** Addresses that stay a while, with the time of their going. */
  readonly departures: ReadonlyMap<IpAddress, number>;
  /** Addresses that were about to go and are wanted again. */
  readonly departuresEnded: readonly IpAddress[];
  /** Things that equal what is wanted: they become ours. */
  readonly adopted: OwnedThings;
  /** Things on record that are neither wanted nor there: not ours any more. */
  readonly released: OwnedThings;
  /** Things that are left alone. */
  readonly foreign: readonly Foreign[];
}
