import type { Clock, Host, LocalRoute } from "#apply";
import type { Conflict, DrainLimits, Foreign } from "#diff";
import type {
  ClusterModel,
  IpAddress,
  IpFamily,
  Rejection,
  ServiceName,
} from "#model";
import type {
  DrainTarget,
  MarkRegistry,
  PlanContext,
  PlanService,
  RealServerKey,
  RuleOptions,
  ServicePlan,
} from "#plan";
import type { RunDirectory } from "./run_directory.ts";
import type { SnapshotStore } from "./snapshot_store.ts";
import type { StateFile } from "./state_file.ts";

/** Kinds of object that the agent is told of. */
export type SourceKind = "Service" | "EndpointSlice" | "Node" | "ServiceCIDR";

/** Addresses by device, as the host has them. */
export type HostAddresses = ReadonlyMap<string, ReadonlySet<IpAddress>>;

/** Which of the host's tables a step of a pass changes. */
export type Step = "sets" | "ipvs" | "addresses";

/** What the agent works with. */
export interface AgentOptions {
  /** Doors to the host. */
  readonly host: Host;
  /** Time. */
  readonly clock: Clock;
  /** What is known of the cluster; the agent folds events into it. */
  readonly model: ClusterModel;
  /** Turns a Service into what it needs in the kernel. */
  readonly planService: PlanService;
  /** What planning must know of the node, from the addresses it has now. */
  planContext(hostAddresses: HostAddresses): PlanContext;
  /** Rules of each family that is served; may change with the cluster. */
  rules(): readonly RuleOptions[];
  /** Firewall marks; those that the kernel has are adopted at start. */
  readonly marks: MarkRegistry;
  /** Kinds that must have been listed before anything is changed. */
  readonly sources: readonly SourceKind[];
  /** Where the state file is. */
  readonly runDirectory: RunDirectory;
  /** Where what is known outlives a boot, and whose it is; absent: nowhere. */
  readonly snapshots?: {
    /** The file. */
    readonly store: SnapshotStore;
    /** Name of this node. */
    readonly nodeName: string;
  };
  /** Name of the device; default "kube-ipvs0". */
  readonly device?: string;
  /** Services that go first beside cluster DNS; default: the usual names. */
  readonly first?: readonly ServiceName[];
  /** Times; those not given have defaults. */
  readonly timing?: Partial<AgentTiming>;
  /** Lines of `ip monitor`; absent: the audit alone finds damage. */
  monitor?(signal: AbortSignal): AsyncIterable<string>;
  /** Local routes of whole networks, from what is known now; absent: none. */
  routes?(): readonly LocalRoute[];
  /** Lines of `nft monitor`; absent: rules are looked at by `rulesMs`. */
  rulesMonitor?(signal: AbortSignal): AsyncIterable<string>;
  /** Is told what happens; may not throw. */
  readonly observer?: AgentObserver;
}

/** What the first passes came to. */
export interface ReadyState {
  /** Whether sets, rules and device could be made. */
  readonly isWhole: boolean;
  /** Services, and things of none, that failed and are tried again. */
  readonly failing: number;
}

/** Times of the loop, ms. */
export interface AgentTiming {
  /** From the start of one pass to the next; default 200. */
  readonly minSyncMs: number;
  /** Between audits; default 30,000. */
  readonly syncMs: number;
  /** How long an address outlives its virtual servers; default 5,000. */
  readonly departureMs: number;
  /** First wait after a failure, doubled each time; default 1,000. */
  readonly retryMs: number;
  /** Longest wait after failures; default 60,000. */
  readonly retryMaxMs: number;
  /**
   * Between looks at the rules alone while nobody tells of their changes; 0:
   * the audit looks; default 0.
   */
  readonly rulesMs: number;
  /** Limits of drains. */
  readonly drainLimits: DrainLimits;
}

/** What a pass did. */
export interface PassReport {
  /** Why it ran. */
  readonly reason: "change" | "retry" | "drain" | "audit" | "start" | "heal";
  /** Services that it programmed. */
  readonly services: readonly ServiceName[];
  /** How long it took, ms. */
  readonly durationMs: number;
  /** Lines of batches by what they change. */
  readonly lines: { readonly ipvs: number; readonly other: number };
  /** Services that were not done, and why. */
  readonly failures: ReadonlyMap<string, string>;
  /** Oldest change that it took in, ms of the monotonic clock. */
  readonly oldestChangeMs?: number;
}

/** Is told what happens, for metrics, Events and logs. */
export interface AgentObserver {
  /** A pass is over. */
  passed?(report: PassReport): void;
  /** A Service was planned; undefined: it is gone. */
  planned?(service: ServiceName, plan: ServicePlan | undefined): void;
  /** What of an object cannot be used is new or has changed. */
  rejected?(rejections: readonly Rejection[]): void;
  /** Claims to a frontend of several Services are others than were told. */
  conflict?(conflict: Conflict): void;
  /** Something foreign was seen for the first time. */
  foreign?(thing: Foreign): void;
  /** Damage by others was repaired; once for each kind and audit. */
  repaired?(kind: DriftKind, count: number): void;
  /** A Service could not be programmed, and when it is tried again. */
  failed?(unit: string, reason: string, retryInMs: number): void;
  /** How long another program's lock kept the rules from being written, ms. */
  lockWaited?(ms: number): void;
  /** Something that an operator should know. */
  warned?(message: string): void;
  /** The lock is held and the record of the last run is read. */
  started?(): void;
  /**
   * Every source has synced and the first passes are over; once more when what
   * they could not make is there.
   */
  ready?(state: ReadyState): void;
}

/** Kinds of damage that an audit repairs. */
export type DriftKind =
  | "virtual server"
  | "real server"
  | "address"
  | "set element"
  | "rule"
  | "device"
  | "route"
  | "kernel setting"
  | "set";

/** What is known of the snapshot on disk. */
export interface SavedSnapshot {
  /** Whether it stands in for what the API server has not told yet. */
  readonly isUsed: boolean;
  /** When it was written last, ms since 1970; undefined: not by this run. */
  readonly writtenMs: number | undefined;
  /** Whether the last try to write it failed. */
  readonly isBehind: boolean;
}

/** Something that an operator drains by hand, for a time. */
export interface HandDrain {
  /** Its endpoints get no new connections while there are others. */
  readonly target: DrainTarget;
  /** When it began, ms since 1970. */
  readonly startedMs: number;
  /** When it ends by itself, ms since 1970. */
  readonly deadlineMs: number;
}

/** Lets an operator drain by hand. */
export interface HandDrainControl {
  /** All that is drained by hand, the oldest first. */
  readonly all: readonly HandDrain[];
  /**
   * Drains a target for so long, ms; one that is drained gets the new limit.
   *
   * @throws {Error} before the agent has started, or when there are too many
   */
  add(target: DrainTarget, limitMs: number): Promise<HandDrain>;
  /**
   * Ends a drain; whether there was one.
   *
   * @throws {Error} before the agent has started
   */
  remove(target: DrainTarget): Promise<boolean>;
}

/** State of the agent, for status and metrics. */
export interface AgentSnapshot {
  /** Whether every source has synced and the first pass is over. */
  readonly isReady: boolean;
  /** Kinds that have not been listed yet. */
  readonly waitingFor: readonly SourceKind[];
  /** Counts. */
  readonly counts: {
    /** Services that are planned. */
    readonly services: number;
    /** Virtual servers that are wanted. */
    readonly virtualServers: number;
    /** Services with changes that are not done. */
    readonly pending: number;
    /** Of those, how many wait for another try. */
    readonly failing: number;
    /** Real servers that drain. */
    readonly drains: number;
    /** Addresses that stay a little longer. */
    readonly departures: number;
    /** Things that are recorded as ours. */
    readonly owned: number;
  };
  /** Services that wait for another try, and why. */
  readonly failures: ReadonlyMap<string, string>;
  /** Frontends that more than one Service claims. */
  readonly conflicts: readonly Conflict[];
  /** Foreign things seen by the last audit. */
  readonly foreign: readonly Foreign[];
  /** Damage repaired since the start, by kind. */
  readonly repairs: ReadonlyMap<DriftKind, number>;
  /** The last pass; undefined before the first. */
  readonly lastPass: PassReport | undefined;
  /** When the last pass without failures ended, ms since 1970. */
  readonly lastSuccessMs: number | undefined;
  /** When the last audit ended, ms since 1970. */
  readonly lastAuditMs: number | undefined;
  /** The snapshot on disk; absent: none is kept. */
  readonly saved?: SavedSnapshot;
  /**
   * When everything was last listed, compared, and what all Services need
   * found or made, ms since 1970; Services that are refused do not count.
   */
  readonly lastAgreedMs: number | undefined;
  /** Tables that take nothing, not even what is there; since, ms since 1970. */
  readonly failingTables: ReadonlyMap<Step, number>;
  /** Whether the state file could not be written lately. */
  readonly isStateBehind: boolean;
}

/** What a `Kernel` works with. */
export interface KernelOptions {
  /** Doors to the host. */
  readonly host: Host;
  /** Record of what is ours. */
  readonly state: StateFile;
  /** Name of the device. */
  readonly device: string;
  /** Families that are served. */
  families(): readonly IpFamily[];
  /** Limits of drains. */
  readonly drainLimits: DrainLimits;
  /** How long an address outlives its virtual servers, ms. */
  readonly departureMs: number;
  /** Services that go first. */
  readonly first: ReadonlySet<ServiceName>;
  /** Time, ms since 1970, without jumps. */
  nowMs(): number;
  /** Real servers that any slice of a Service lists. */
  listed(service: ServiceName): ReadonlySet<RealServerKey>;
  /** Whether all is known, so that what is not wanted may be deleted. */
  mayDelete(): boolean;
  /** Hard limit of a Service's drains, ms. */
  hardLimitMs(service: ServiceName): number | undefined;
}
