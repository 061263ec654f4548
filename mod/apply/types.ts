import type { Cidr, IpAddress, IpFamily } from "#model";
import type { RealServerKey, SetEntry, SetKind, VirtualServerKey } from "#plan";
import type { IpvsOperation, ObservedVirtualServer } from "#diff";

/** Program and its parameters; no shell ever sees them. */
export type Argv = readonly [program: string, ...parameters: string[]];

/** How a command is run. */
export interface CommandOptions {
  /** Text for its standard input; absent: none. */
  readonly stdin?: string;
  /** It is killed after so long, in ms; absent: the runner's default. */
  readonly timeoutMs?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** What a command said. */
export interface CommandResult {
  /** Exit code; 124 when it was killed for its time. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** The one door to the host's programs. */
export interface CommandRunner {
  /**
   * Runs a command to its end.
   *
   * @throws {CommandError} when the program cannot be started
   */
  run(argv: Argv, options?: CommandOptions): Promise<CommandResult>;
  /**
   * Runs a command that does not end by itself and gives its lines as they
   * come, until the signal or its end.
   */
  lines(argv: Argv, signal: AbortSignal): AsyncIterable<string>;
}

/** What went through a server: since it was made, or each second. */
export interface Traffic {
  /** Connections that were scheduled to it. */
  readonly connections: number;
  /** Packets from clients. */
  readonly packetsIn: number;
  /** Packets to clients. */
  readonly packetsOut: number;
  /** Bytes from clients. */
  readonly bytesIn: number;
  /** Bytes to clients. */
  readonly bytesOut: number;
}

/** Traffic of a virtual server and of each of its real servers. */
export interface ServerTraffic {
  /** Of the virtual server; real servers that are gone count too. */
  readonly all: Traffic;
  /** Of its real servers. */
  readonly realServers: ReadonlyMap<RealServerKey, Traffic>;
}

/** The virtual server table (ipvsadm(8)). */
export interface Ipvs {
  /** All virtual servers with their real servers and connections. */
  list(): Promise<Map<VirtualServerKey, ObservedVirtualServer>>;
  /** One virtual server; undefined when there is none. */
  listOne(key: VirtualServerKey): Promise<ObservedVirtualServer | undefined>;
  /**
   * Traffic of all virtual servers, or of one, by one process: totals since
   * each was made, or rates by the second, which are 0 where the kernel does
   * not estimate (`net.ipv4.vs.run_estimation`).
   */
  traffic(
    kind: "totals" | "rates",
    key?: VirtualServerKey,
  ): Promise<ReadonlyMap<VirtualServerKey, ServerTraffic>>;
  /**
   * Applies a batch in order with one `ipvsadm --restore`.
   *
   * @throws {BatchError} when any line was refused: list again what it touched
   */
  restore(operations: readonly IpvsOperation[]): Promise<void>;
}

/** State of one of our sets as the kernel has it. */
export interface ObservedSet {
  /** Name in the kernel. */
  readonly name: string;
  /** Type with its options: "hash:ip,port family inet ...". */
  readonly type: string;
  /** Most elements that it takes; absent for bitmaps. */
  readonly maxElements?: number;
  /** Elements; the value is the `skbmark`, undefined when it has none. */
  readonly elements: ReadonlyMap<string, number | undefined>;
}

/** Our ipsets (ipset(8)). */
export interface IpSets {
  /** All sets with our prefix, or those that are asked for, by name. */
  list(isAsked?: (name: string) => boolean): Promise<Map<string, ObservedSet>>;
  /**
   * Makes what of our sets is missing, has the wrong type or is too small,
   * by a temporary set and a swap, so that none is ever empty or away.
   */
  ensure(
    needs: readonly {
      readonly family: IpFamily;
      readonly set: SetKind;
      readonly elements: number;
      /** What it is to hold, where its old elements cannot be kept. */
      readonly entries?: readonly SetEntry[];
    }[],
    observed: ReadonlyMap<string, ObservedSet>,
  ): Promise<void>;
  /**
   * Adds and deletes elements with one `ipset restore -exist`, adds first.
   *
   * @throws {BatchError} when it stopped at a line
   */
  restore(changes: {
    readonly add: readonly SetEntry[];
    readonly delete: readonly SetEntry[];
  }): Promise<void>;
  /** Destroys our sets; for clean-up only. */
  destroy(names: readonly string[]): Promise<void>;
}

/** Rules (iptables(8)), one back end for all. */
export interface Iptables {
  /** Tables as `iptables-save` prints them. */
  save(family: IpFamily): Promise<string>;
  /**
   * Applies `iptables-restore --noflush --wait`.
   *
   * @throws {BatchError} when a table was refused
   */
  restore(family: IpFamily, document: string): Promise<void>;
  /** Which back end is used and why it was chosen. */
  readonly backEnd: "nft" | "legacy";
}

/** The device and its addresses (ip(8)). */
export interface Links {
  /** Whether the device exists, is a dummy, and what addresses it has. */
  device(name: string): Promise<
    | { readonly isDummy: boolean; readonly addresses: Set<IpAddress> }
    | undefined
  >;
  /** Makes the dummy device. */
  addDevice(name: string): Promise<void>;
  /** Deletes the device; for clean-up only. */
  deleteDevice(name: string): Promise<void>;
  /** Addresses by device, all devices of the host. */
  hostAddresses(): Promise<Map<string, Set<IpAddress>>>;
  /**
   * Adds and deletes addresses with one `ip -batch`, adds first.
   *
   * @throws {BatchError} when a line was refused
   */
  restore(device: string, changes: {
    readonly add: readonly IpAddress[];
    readonly delete: readonly IpAddress[];
  }): Promise<void>;
}

/** A network whose addresses are all this host's own. */
export interface LocalRoute {
  /** The network. */
  readonly cidr: Cidr;
  /** Source of the host's own connections to it; absent: the kernel's choice. */
  readonly source?: IpAddress;
}

/** Local routes of whole networks that are marked as ours (ip-route(8)). */
export interface Routes {
  /** Ours, of these families. */
  list(families: readonly IpFamily[]): Promise<readonly LocalRoute[]>;
  /**
   * Adds or replaces, then deletes, with one `ip -batch`.
   *
   * @throws {BatchError} when a line was refused
   */
  restore(changes: {
    readonly add: readonly LocalRoute[];
    readonly delete: readonly LocalRoute[];
  }): Promise<void>;
}

/** Kernel settings (sysctl(8)). */
export interface Sysctls {
  /** Values of those that exist. */
  read(names: readonly string[]): Promise<Map<string, string>>;
  /** Writes values; gives the names that were refused, with the reason. */
  write(values: ReadonlyMap<string, string>): Promise<Map<string, string>>;
}

/** Kernel modules (modprobe(8), lsmod(8)). */
export interface Modules {
  /** Loads modules; gives those that could not be, with the reason. */
  load(names: readonly string[]): Promise<Map<string, string>>;
}

/** Connection tracking (conntrack(8)). */
export interface Conntrack {
  /**
   * Deletes entries with one `conntrack -R`-style batch: those to a frontend
   * that were answered by `realServer`, or all to it when absent; with
   * `client`, its alone.
   */
  delete(
    flows: readonly {
      readonly protocol: "udp" | "sctp";
      readonly address: IpAddress;
      readonly port: number;
      readonly realServer?: RealServerKey;
      readonly client?: { readonly address: IpAddress; readonly port: number };
    }[],
  ): Promise<number>;
}

/** All doors to the host. */
export interface Host {
  /** Virtual servers. */
  readonly ipvs: Ipvs;
  /** Sets. */
  readonly ipSets: IpSets;
  /** Rules. */
  readonly iptables: Iptables;
  /** Device and addresses. */
  readonly links: Links;
  /** Local routes of whole networks. */
  readonly routes: Routes;
  /** Kernel settings. */
  readonly sysctls: Sysctls;
  /** Modules. */
  readonly modules: Modules;
  /** Connection tracking. */
  readonly conntrack: Conntrack;
}
