import type { IpAddress } from "#model";
import type {
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
  readonly realServers: Map<RealServerKey, ObservedRealServer>;
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
