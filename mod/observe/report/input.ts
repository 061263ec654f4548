import type { AgentSnapshot, Inspection } from "#agent";
import type { ServerTraffic } from "#apply";
import type { Conflict } from "#diff";
import type { ClusterModel, IpFamily, ServiceName } from "#model";
import type { FrontendKey, ServicePlan, VirtualServerKey } from "#plan";
import type { HistoryView } from "./history.ts";

/** Traffic of virtual servers, as it was listed. */
export type TrafficTable = ReadonlyMap<VirtualServerKey, ServerTraffic>;

/** What reports are made from; all of it of one moment. */
export interface ReportInput {
  /** Version of this program. */
  readonly version: string;
  /** Name of this node. */
  readonly nodeName: string;
  /** Now, ms since 1970. */
  readonly nowMs: number;
  /** When the program started, ms since 1970. */
  readonly startedMs: number;
  /** An audit that ended longer ago than this is stale, ms. */
  readonly timeoutMs: number;
  /** Families that are served. */
  readonly families: ReadonlySet<IpFamily>;
  /** State of the agent. */
  readonly snapshot: AgentSnapshot;
  /** What is wanted and what is there; absent: nothing is known yet. */
  readonly inspection?: Inspection;
  /** Plans of all Services. */
  readonly plans: ReadonlyMap<ServiceName, ServicePlan>;
  /** What is known of the cluster. */
  readonly model: Pick<
    ClusterModel,
    "service" | "serviceNames" | "slices" | "rejections" | "node"
  >;
  /** What is remembered. */
  readonly history: HistoryView;
}

/** What a report of one Service may show besides. */
export interface Fresh {
  /** Virtual servers as they were listed for it; absent: those known. */
  readonly observed?: Inspection["observed"];
  /** Traffic since each was made; absent: not shown. */
  readonly totals?: TrafficTable;
  /** Traffic by the second; absent: not shown. */
  readonly rates?: TrafficTable;
}

/** Conflicts by frontend, so that each is found once. */
export function conflictsByFrontend(
  conflicts: readonly Conflict[],
): ReadonlyMap<FrontendKey, Conflict> {
  return new Map(conflicts.map((conflict) => [conflict.frontend, conflict]));
}
