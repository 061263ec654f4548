import type { AgentSnapshot, DriftKind } from "#agent";
import type { Traffic } from "#apply";
import type { Answer } from "#plan";
import type { FailureReport, PassEntry, WarningEntry } from "./past.ts";

/**
 * Where a Service or a frontend stands.
 *
 * - `served`: the kernel has all that it needs, with a usable real server
 * - `refused`: no endpoint anywhere: connections are refused at once
 * - `dropped`: policy Local, and endpoints elsewhere only
 * - `conflict`: an older Service has the frontend
 * - `pending`: a pass will bring it into the kernel
 * - `failing`: the kernel refused it; it is tried again
 * - `foreign`: somebody else's virtual server is in the way
 * - `rejected`: the object cannot be used
 * - `empty`: there is nothing to serve on this node
 */
export type ReportState =
  | "served"
  | "refused"
  | "dropped"
  | "conflict"
  | "pending"
  | "failing"
  | "foreign"
  | "rejected"
  | "empty";

/** What of an object cannot be used. */
export interface RejectionReport {
  /** Kind and name: "Service default/web". */
  readonly object: string;
  /** Path of the field; empty: the whole object. */
  readonly field: string;
  /** Why, and what would be accepted. */
  readonly reason: string;
}

/** A real server that waits for its connections to end. */
export interface DrainReport {
  /** Its virtual server: "-t 10.96.0.1:80". */
  readonly virtualServer: string;
  /** Address and port. */
  readonly realServer: string;
  /** Service whose frontend it served; absent: it is gone. */
  readonly service?: string;
  /** When it began, ms since 1970. */
  readonly startedMs: number;
  /** When its endpoint left every slice, ms since 1970; absent: it has not. */
  readonly goneMs?: number;
  /** When it is cut at the latest, ms since 1970. */
  readonly deadlineMs: number;
  /** Connections when they were last listed. */
  readonly connections: number;
}

/** What an operator drains by hand. */
export interface HandDrainReport {
  /** "10.244.1.7", "10.244.1.7:80" or "node/worker-3". */
  readonly target: string;
  /** When it began, ms since 1970. */
  readonly startedMs: number;
  /** When it ends by itself, ms since 1970. */
  readonly deadlineMs: number;
  /** Real servers that are at weight 0 for it. */
  readonly quiescent: number;
  /** Services that still use it, having nothing else. */
  readonly keptBy: readonly string[];
  /** Connections to its real servers when they were last listed. */
  readonly connections: number;
}

/** A real server, as it is wanted and as the kernel has it. */
export interface RealServerReport {
  /** Address and port. */
  readonly key: string;
  /** Weight that is wanted; absent: it is not wanted. */
  readonly weight?: number;
  /** Weight that the kernel has; absent: it is not there. */
  readonly kernelWeight?: number;
  /** Connections in an active state, when they were last listed. */
  readonly activeConnections: number;
  /** Connections in another state, when they were last listed. */
  readonly inactiveConnections: number;
  /** Conditions and place of its endpoint; absent: no slice lists it. */
  readonly endpoint?: EndpointReport;
  /** Absent: it does not drain. */
  readonly drain?: DrainReport;
  /** What an operator drains it as; absent: nothing. */
  readonly drainedAs?: string;
  /** Traffic since it was made; absent: not asked for. */
  readonly totals?: Traffic;
  /** Traffic by the second; absent: not asked for. */
  readonly rates?: Traffic;
}

/** Conditions and place of an endpoint. */
export interface EndpointReport {
  /** Takes new connections. */
  readonly ready: boolean;
  /** Would answer. */
  readonly serving: boolean;
  /** Is being deleted. */
  readonly terminating: boolean;
  /** Runs on this node. */
  readonly isLocal: boolean;
  /** Node that it runs on; absent: unknown. */
  readonly nodeName?: string;
  /** Zone that it runs in; absent: unknown. */
  readonly zone?: string;
}

/** A virtual server, as it is wanted and as the kernel has it. */
export interface VirtualServerReport {
  /** "-t 10.96.0.1:80", "-f 7". */
  readonly key: string;
  /** Whose connections come to it. */
  readonly clients: "everybody" | "inside" | "outside";
  /** Scheduler that is wanted. */
  readonly scheduler: string;
  /** Scheduler flags that are wanted. */
  readonly flags: readonly string[];
  /** Persistence in seconds; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
  /** What of it the kernel has otherwise, one sentence each; empty: nothing. */
  readonly differences: readonly string[];
  /** Whether the kernel has one there that is not ours. */
  readonly isForeign: boolean;
  /** Real servers: those wanted, then those that the kernel has besides. */
  readonly realServers: readonly RealServerReport[];
  /** Traffic since it was made; absent: not asked for. */
  readonly totals?: Traffic;
  /** Traffic by the second; absent: not asked for. */
  readonly rates?: Traffic;
}

/** An address and port at which a Service is reached. */
export interface FrontendReport {
  /** "tcp/10.96.0.1:80". */
  readonly key: string;
  /** Kind of its address. */
  readonly kind: string;
  /** Its address. */
  readonly address: string;
  /** Its protocol. */
  readonly protocol: string;
  /** Its port. */
  readonly port: number;
  /** Name of the Service's port; empty where there is only one. */
  readonly portName: string;
  /** Policy that holds for it. */
  readonly policy: "cluster" | "local";
  /** How clients inside the cluster are answered. */
  readonly inside: Answer;
  /** How clients outside the cluster are answered. */
  readonly outside: Answer;
  /** Where it stands. */
  readonly state: ReportState;
  /** Why; absent: it is served. */
  readonly why?: string;
  /** Since when it answers so, ms since 1970; absent: unknown. */
  readonly sinceMs?: number;
  /** Service that has it; the Service itself as a rule. */
  readonly owner: string;
  /** Services that wait for it, in the order of taking over. */
  readonly waiting: readonly string[];
  /** Its virtual servers; empty where another Service has it. */
  readonly virtualServers: readonly VirtualServerReport[];
}

/** A Service in one line. */
export interface ServiceSummary {
  /** "default/web". */
  readonly name: string;
  /** Type; absent: the object cannot be used. */
  readonly type?: string;
  /** Where its worst frontend stands. */
  readonly state: ReportState;
  /** Why; absent: it is served. */
  readonly why?: string;
  /** Since when it is so, ms since 1970; absent: unknown. */
  readonly sinceMs?: number;
  /** Ports: "80/tcp", "80:30080/tcp". */
  readonly ports: readonly string[];
  /** Cluster IPs. */
  readonly clusterIps: readonly string[];
  /** How many frontends it has. */
  readonly frontends: number;
  /** How many of them are served. */
  readonly served: number;
  /** Distinct real servers that take new connections. */
  readonly realServers: number;
  /** Distinct real servers at weight 0 in the kernel. */
  readonly quiescent: number;
  /** Connections of its virtual servers when they were last listed. */
  readonly connections: number;
}

/** A Service with all that it has on this node. */
export interface ServiceReport extends ServiceSummary {
  /** When it was created, ms since 1970; 0: unknown. */
  readonly createdMs: number;
  /** Policy of cluster IPs; absent: the object cannot be used. */
  readonly internalTrafficPolicy?: "cluster" | "local";
  /** Policy of other frontends; absent: the object cannot be used. */
  readonly externalTrafficPolicy?: "cluster" | "local";
  /** ClientIP affinity in seconds; absent: none. */
  readonly persistenceTimeoutSeconds?: number;
  /** Who may use load-balancer frontends; absent: everybody. */
  readonly sourceRanges?: readonly string[];
  /** Health-check node port; absent: none. */
  readonly healthCheck?: {
    /** Port. */
    readonly port: number;
    /** Ready endpoints of this node. */
    readonly localEndpoints: number;
  };
  /** What of it, and of its slices, cannot be used. */
  readonly rejections: readonly RejectionReport[];
  /** Its frontends. */
  readonly frontendList: readonly FrontendReport[];
}

/** A frontend that several Services claim. */
export interface ConflictReport {
  /** "tcp/192.0.2.1:80". */
  readonly frontend: string;
  /** Who has it. */
  readonly winner: string;
  /** Who waits for it, in order. */
  readonly losers: readonly string[];
}

/** Something in the kernel that is not ours. */
export interface ForeignReport {
  /** What kind of thing. */
  readonly kind: string;
  /** Its name. */
  readonly name: string;
  /** Whether we want something in its place and cannot have it. */
  readonly inTheWay: boolean;
}

/** What the node does, as a whole. */
export interface NodeReport {
  /** Name of the node. */
  readonly nodeName: string;
  /** Version of this program. */
  readonly version: string;
  /** Now, ms since 1970. */
  readonly nowMs: number;
  /** When the program started, ms since 1970. */
  readonly startedMs: number;
  /** Whether the kernel lately was what the cluster says. */
  readonly isHealthy: boolean;
  /** Why it is not healthy; absent: it is. */
  readonly unhealthyBecause?: string;
  /** Whether every source has synced and the first pass is over. */
  readonly isReady: boolean;
  /** Kinds that have not been listed yet. */
  readonly waitingFor: readonly string[];
  /** Whether the Node may have traffic, by its object. */
  readonly isNodeEligible: boolean;
  /** Families that are served. */
  readonly families: readonly string[];
  /** Counts of the agent. */
  readonly counts: AgentSnapshot["counts"];
  /** How many Services are in each state. */
  readonly states: Readonly<Partial<Record<ReportState, number>>>;
  /** What is not done and is tried again. */
  readonly failures: readonly FailureReport[];
  /** Frontends that more than one Service claims. */
  readonly conflicts: readonly ConflictReport[];
  /** What of objects cannot be used. */
  readonly rejections: readonly RejectionReport[];
  /** Foreign things, by the last audit. */
  readonly foreign: readonly ForeignReport[];
  /** Real servers that wait for their connections to end. */
  readonly drains: readonly DrainReport[];
  /** What is drained by hand. */
  readonly handDrains: readonly HandDrainReport[];
  /** Damage by others that was repaired since the start, by kind. */
  readonly repairs: Readonly<Partial<Record<DriftKind, number>>>;
  /** The last passes, the newest first. */
  readonly passes: readonly PassEntry[];
  /** The last warnings, the newest first. */
  readonly warnings: readonly WarningEntry[];
  /** The last failure of a pass; absent: there was none. */
  readonly lastError?: FailureReport;
  /** When the last pass without failures ended, ms since 1970. */
  readonly lastSuccessMs?: number;
  /** When the last audit ended, ms since 1970. */
  readonly lastAuditMs?: number;
  /** Whether the state file could not be written lately. */
  readonly isStateBehind: boolean;
}
