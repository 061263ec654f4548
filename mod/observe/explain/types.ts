import type { LocalRoute, ObservedSet, ObservedTable } from "#apply";
import type { IpAddress, IpFamily, Protocol } from "#model";
import type { RealServerKey, SavedTable, VirtualServerKey } from "#plan";

/** All of the kernel's tables that decide about a packet. */
export interface KernelTables {
  /** Rules by family, tables by name. */
  readonly rules: ReadonlyMap<IpFamily, ReadonlyMap<string, SavedTable>>;
  /** Our sets by name. */
  readonly sets: ReadonlyMap<string, ObservedSet>;
  /** Virtual servers. */
  readonly servers: ObservedTable;
  /** Addresses by device. */
  readonly addresses: ReadonlyMap<string, ReadonlySet<IpAddress>>;
  /** Networks that a route of ours makes this host's own. */
  readonly routes: readonly LocalRoute[];
}

/** The first packet of a connection, as it comes to this node. */
export interface Packet {
  /** Its protocol. */
  readonly protocol: Protocol;
  /** Address of the client. */
  readonly source: IpAddress;
  /** Address that the client asks for. */
  readonly address: IpAddress;
  /** Port that the client asks for. */
  readonly port: number;
  /** Whether this node itself is the client. */
  readonly isOwn: boolean;
  /** Device by which it comes; absent: not known. */
  readonly device?: string;
}

/** What happens to it. */
export type Verdict =
  /** A real server gets it. */
  | "served"
  /** The client is told at once that nobody answers. */
  | "refused"
  /** It vanishes. */
  | "dropped"
  /** The host's own stack gets it: no Service has it. */
  | "host"
  /** It goes on to another node: it is none of this node's. */
  | "forwarded"
  /** The rules ask for something that is not known here. */
  | "unknown";

/** A rule of ours that matched. */
export interface Step {
  /** Where the chain hangs: "mangle PREROUTING". */
  readonly hook: string;
  /** The chain. */
  readonly chain: string;
  /** The rule, as `iptables-save` prints it. */
  readonly rule: string;
  /** Elements of sets that it found: "10.96.0.1,tcp:80 in KUBE-VS4-MARK". */
  readonly elements: readonly string[];
  /** What it did: "sets mark 0x1000001". */
  readonly effect: string;
  /** Real server that the packet was on its way to; absent: not yet. */
  readonly realServer?: RealServerKey;
}

/** A rule of others that may decide before ours do. */
export interface Doubt {
  /** Where: "filter INPUT". */
  readonly hook: string;
  /** The rule. */
  readonly rule: string;
  /** What it may do: "DROP, RETURN". */
  readonly may: string;
}

/** A real server that may get the packet. */
export interface PossibleServer {
  /** Address and port. */
  readonly realServer: RealServerKey;
  /** Its share of new connections. */
  readonly weight: number;
  /**
   * Whether it sees an address of this node rather than the client's;
   * undefined: the rules ask for something that is not known here.
   */
  readonly masqueraded: boolean | undefined;
}

/** The virtual server that takes it. */
export interface FoundServer {
  /** Its key. */
  readonly key: VirtualServerKey;
  /** How it was found. */
  readonly by: "mark" | "address";
  /** Its scheduler. */
  readonly scheduler: string;
  /** Persistence in seconds; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
}

/** What happens to a packet, and why. */
export interface Trace {
  /** The packet. */
  readonly packet: Packet;
  /** What happens to it. */
  readonly verdict: Verdict;
  /** Why, in one sentence without a stop. */
  readonly reason: string;
  /** Rules of ours that matched, in order. */
  readonly steps: readonly Step[];
  /** The virtual server that takes it; absent: none. */
  readonly virtualServer?: FoundServer;
  /** Real servers that may get it. */
  readonly realServers: readonly PossibleServer[];
  /** Rules of others that may decide first: then all else is void. */
  readonly doubts: readonly Doubt[];
}
