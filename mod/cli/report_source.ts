import type { Agent, AgentObserver } from "#agent";
import { History, type ReportInput } from "#observe";
import type { ViewOptions } from "./host_view.ts";
import { VERSION } from "./version.ts";

/** What reports are made from, whenever one is asked for. */
export interface ReportSource {
  /** Has to be told what the agent tells. */
  readonly observer: AgentObserver;
  /** Everything of this moment. */
  input(): ReportInput;
}

/** Gathers for reports what agent, cluster and configuration know. */
export function openReportSource(
  agent: Pick<Agent, "snapshot" | "inspect" | "plans">,
  view: ViewOptions,
  nowMs: () => number,
): ReportSource {
  const { nodeName, model, families } = view;
  const history = new History(nowMs);
  const startedMs = nowMs();
  return {
    observer: history.observer(),
    input() {
      const inspection = agent.inspect();
      return {
        version: VERSION,
        nodeName,
        nowMs: nowMs(),
        startedMs,
        timeoutMs: 2 * view.settings.syncPeriodMs,
        families,
        snapshot: agent.snapshot(),
        ...(inspection === undefined ? {} : { inspection }),
        plans: agent.plans,
        model,
        history,
      };
    },
  };
}
