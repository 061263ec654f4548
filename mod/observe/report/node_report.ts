import { servicesOfTarget } from "#agent";
import type { HandDrain, Inspection } from "#agent";
import type { RealServerKey } from "#plan";
import { whyUnhealthy } from "../health.ts";
import type { Fresh, ReportInput } from "./input.ts";
import {
  endpointsByKey,
  keysOfTarget,
  reportDrain,
} from "./real_server_report.ts";
import { summariseServices } from "./service_report.ts";
import type {
  HandDrainReport,
  NodeReport,
  RejectionReport,
  ReportState,
  ServiceSummary,
} from "./types.ts";

/**
 * Reports what the node does as a whole; with a fresh listing, connections
 * and states are of now.
 */
export function reportNode(
  input: ReportInput,
  services: readonly ServiceSummary[] = summariseServices(input),
  fresh: Fresh = {},
): NodeReport {
  const { snapshot, history, model, families } = input;
  const inspection = input.inspection && {
    ...input.inspection,
    observed: fresh.observed ?? input.inspection.observed,
  };
  const because = unhealthyBecause(input);
  const { lastError } = history;
  const { lastSuccessMs, lastAuditMs } = snapshot;
  return {
    nodeName: input.nodeName,
    version: input.version,
    nowMs: input.nowMs,
    startedMs: input.startedMs,
    isHealthy: because === undefined,
    ...(because === undefined ? {} : { unhealthyBecause: because }),
    isReady: snapshot.isReady,
    waitingFor: snapshot.waitingFor,
    isNodeEligible: model.node()?.eligible ?? false,
    families: [...families],
    counts: snapshot.counts,
    states: countStates(services),
    failures: [...snapshot.failures].map(([unit, reason]) => {
      const sinceMs = history.failsSinceMs(unit);
      return { unit, reason, ...(sinceMs === undefined ? {} : { sinceMs }) };
    }),
    conflicts: snapshot.conflicts,
    rejections: allRejections(input),
    foreign: snapshot.foreign,
    drains: inspection === undefined
      ? []
      : [...inspection.drains.all()].map((one) => reportDrain(one, inspection)),
    handDrains: inspection === undefined
      ? []
      : inspection.handDrains.map((one) => reportHand(one, inspection, input)),
    repairs: Object.fromEntries(snapshot.repairs),
    passes: history.passes,
    warnings: history.warnings,
    ...(lastError === undefined ? {} : { lastError }),
    ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
    ...(lastAuditMs === undefined ? {} : { lastAuditMs }),
    isStateBehind: snapshot.isStateBehind,
  };
}

function unhealthyBecause(input: ReportInput): string | undefined {
  const { snapshot, nowMs, timeoutMs } = input;
  if (snapshot.waitingFor.length > 0) {
    return `the API server has not listed ${snapshot.waitingFor.join(", ")}`;
  }
  return whyUnhealthy({ snapshot, nowMs, timeoutMs });
}

function countStates(
  services: readonly ServiceSummary[],
): Partial<Record<ReportState, number>> {
  const counts: Partial<Record<ReportState, number>> = {};
  for (const { state } of services) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function allRejections({ model, plans }: ReportInput): RejectionReport[] {
  return [
    ...[...model.rejections().values()].flat(),
    ...[...plans.values()].flatMap(({ rejections }) => rejections),
  ];
}

/** What a drain by hand comes to: weights and connections. */
function reportHand(
  { target, startedMs, deadlineMs }: HandDrain,
  { desired, observed }: Inspection,
  { model, plans }: ReportInput,
): HandDrainReport {
  const quiescent = new Set<RealServerKey>();
  const keptBy = new Set<string>();
  let connections = 0;
  for (const name of servicesOfTarget(model, target)) {
    const keys = keysOfTarget(endpointsByKey(model.slices(name)), target);
    const servers = plans.get(name)?.frontends
      .flatMap(({ virtualServers }) => virtualServers) ?? [];
    for (const { key } of servers) {
      if (desired.virtualServer(key)?.service !== name) continue;
      for (const real of keys) {
        const weight = desired.virtualServer(key)?.server.realServers
          .get(real)?.weight;
        if (weight === undefined) continue;
        const seen = observed.virtualServer(key)?.realServers.get(real);
        if (weight > 0) keptBy.add(name);
        else quiescent.add(real);
        connections += (seen?.activeConnections ?? 0) +
          (seen?.inactiveConnections ?? 0);
      }
    }
  }
  return {
    target,
    startedMs,
    deadlineMs,
    quiescent: quiescent.size,
    keptBy: [...keptBy].sort(),
    connections,
  };
}
