import type { NodeReport, ReportState } from "#observe";
import { formatCount, formatSpan, formatTable } from "../text_table.ts";

/** So many of a kind are shown; the rest is counted. */
const MOST = 10;

const STATES: readonly ReportState[] = [
  "served",
  "refused",
  "dropped",
  "pending",
  "failing",
  "conflict",
  "foreign",
  "rejected",
  "empty",
];

function countLine(report: NodeReport): string {
  const { counts, states } = report;
  const parts = STATES.flatMap((state) => {
    const count = states[state] ?? 0;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const detail = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  return `${counts.services}${detail}, ` +
    `${counts.virtualServers} virtual servers`;
}

function lastPassLine({ passes, nowMs }: NodeReport): string {
  const [last] = passes;
  if (last === undefined) return "none yet";
  const { reason, durationMs, lines, failed, endedMs } = last;
  return `${formatSpan(nowMs - endedMs)} ago (${reason}), ` +
    `${Math.round(durationMs)} ms, ${lines.ipvs} ipvsadm and ` +
    `${lines.other} other lines${failed === 0 ? "" : `, ${failed} failed`}`;
}

function ago(ms: number | undefined, nowMs: number): string {
  return ms === undefined ? "none yet" : `${formatSpan(nowMs - ms)} ago`;
}

function repairsLine({ repairs }: NodeReport): string {
  const parts = Object.entries(repairs).map(([kind, count]) =>
    `${count} ${kind}${count === 1 ? "" : "s"}`
  );
  return parts.length === 0 ? "none" : parts.join(", ");
}

function healthLine(report: NodeReport): string {
  const { isHealthy, unhealthyBecause, isNodeEligible } = report;
  if (!isHealthy) return `not healthy: ${unhealthyBecause}`;
  return isNodeEligible
    ? "healthy"
    : "healthy, but the Node is unknown, going, or tainted away";
}

/** A heading with the first few of something below; none: nothing. */
function section(
  title: string,
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length - MOST;
  return [
    "",
    `${title}:`,
    ...formatTable(rows.slice(0, MOST), { indent: "  " }),
    ...(more > 0 ? [`  and ${more} more (-o json has all)`] : []),
  ];
}

function drainRows({ drains, nowMs }: NodeReport): string[][] {
  return drains.map((drain) => [
    drain.realServer,
    `of ${drain.virtualServer}`,
    drain.service ?? "-",
    `${drain.connections} connections`,
    `since ${formatSpan(nowMs - drain.startedMs)}`,
    `cut in ${formatSpan(drain.deadlineMs - nowMs)} at the latest`,
  ]);
}

function handRows({ handDrains, nowMs }: NodeReport): string[][] {
  return handDrains.map((drain) => [
    drain.target,
    `${drain.quiescent} real servers quiescent`,
    `${formatCount(drain.connections)} connections`,
    `ends in ${formatSpan(drain.deadlineMs - nowMs)}`,
    drain.keptBy.length === 0
      ? ""
      : `kept as the only one: ${drain.keptBy.slice(0, 3).join(", ")}` +
        (drain.keptBy.length > 3 ? ` and ${drain.keptBy.length - 3} more` : ""),
  ]);
}

/** What the node does, for people. */
export function viewStatus(report: NodeReport): readonly string[] {
  return [...formatTable(headRows(report)), ...sections(report)];
}

function headRows(report: NodeReport): string[][] {
  const { nowMs, version, startedMs } = report;
  return [
    ["node", report.nodeName],
    [
      "agent",
      `kube-proxy ${version} (ipvs), up ${formatSpan(nowMs - startedMs)}`,
    ],
    ["health", healthLine(report)],
    ["services", countLine(report)],
    ["waiting", `${report.counts.pending} changes`],
    ["last pass", lastPassLine(report)],
    ["last success", ago(report.lastSuccessMs, nowMs)],
    ["last audit", ago(report.lastAuditMs, nowMs)],
    ["drift repaired", repairsLine(report)],
    ["last error", errorLine(report)],
    ...(report.isStateBehind
      ? [["state file", "cannot be written; see the log"]]
      : []),
  ];
}

function sections(report: NodeReport): readonly string[] {
  return [
    ...section("Drained by hand", handRows(report)),
    ...section("Draining", drainRows(report)),
    ...section("Failing, tried again", failureRows(report)),
    ...section(
      "Conflicts",
      report.conflicts.map(({ frontend, winner, losers }) => [
        frontend,
        `${winner} has it`,
        `${losers.join(", ")} waits`,
      ]),
    ),
    ...section(
      "Rejections",
      report.rejections.map(({ object, field, reason }) => [
        object,
        field,
        reason,
      ]),
    ),
    ...section(
      "Foreign, left alone",
      report.foreign.map(({ kind, name, inTheWay }) => [
        kind,
        name,
        inTheWay ? "in the way" : "",
      ]),
    ),
    ...section("Warnings", warningRows(report)),
  ];
}

function failureRows({ failures, nowMs }: NodeReport): string[][] {
  return failures.map(({ unit, reason, sinceMs }) => [
    unit,
    sinceMs === undefined ? "" : `since ${formatSpan(nowMs - sinceMs)}`,
    reason,
  ]);
}

function warningRows({ warnings, nowMs }: NodeReport): string[][] {
  return warnings.map(({ atMs, message, times }) => [
    `${formatSpan(nowMs - atMs)} ago`,
    times > 1 ? `${message} (${times} times)` : message,
  ]);
}

function errorLine({ lastError, nowMs }: NodeReport): string {
  if (lastError === undefined) return "none";
  const { unit, reason, sinceMs } = lastError;
  return `${ago(sinceMs, nowMs)}: ${unit}: ${reason}`;
}
