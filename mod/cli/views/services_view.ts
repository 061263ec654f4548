import type {
  FrontendReport,
  RealServerReport,
  ServiceReport,
  ServiceSummary,
  VirtualServerReport,
} from "#observe";
import { formatCount, formatSpan, formatTable } from "../text_table.ts";

/** Services in a line each, for people. */
export function viewServices(
  services: readonly ServiceSummary[],
  nowMs: number,
): readonly string[] {
  if (services.length === 0) return ["no Services"];
  return formatTable([
    [
      ...["NAME", "TYPE", "STATE", "SINCE", "CLUSTER-IP", "PORTS"],
      ...["SERVERS", "CONNS", "WHY"],
    ],
    ...services.map((service) => [
      service.name,
      service.type ?? "-",
      service.state,
      service.sinceMs === undefined ? "-" : formatSpan(nowMs - service.sinceMs),
      service.clusterIps.join(",") || "-",
      service.ports.join(",") || "-",
      service.quiescent === 0
        ? String(service.realServers)
        : `${service.realServers}+${service.quiescent}q`,
      formatCount(service.connections),
      service.why ?? "",
    ]),
  ], { right: [6, 7] });
}

/** One Service with all that it has here, for people. */
export function viewService(
  report: ServiceReport,
  nowMs: number,
): readonly string[] {
  return [
    ...formatTable(headRows(report, nowMs)),
    ...(report.rejections.length === 0 ? [] : [
      "",
      "Cannot be used:",
      ...formatTable(
        report.rejections.map(({ object, field, reason }) => [
          object,
          field,
          reason,
        ]),
        { indent: "  " },
      ),
    ]),
    ...report.frontendList.flatMap((one) => viewFrontend(one, report, nowMs)),
  ];
}

function headRows(report: ServiceReport, nowMs: number): string[][] {
  const { state, why, sinceMs, healthCheck } = report;
  const since = sinceMs === undefined
    ? ""
    : `, since ${formatSpan(nowMs - sinceMs)}`;
  const rows = [
    ["service", report.name],
    ["type", report.type ?? "-"],
    ["state", `${state}${why === undefined ? "" : `: ${why}`}${since}`],
    ["ports", report.ports.join(", ")],
  ];
  if (report.internalTrafficPolicy !== undefined) {
    rows.push([
      "traffic policy",
      `internal ${report.internalTrafficPolicy}, ` +
      `external ${report.externalTrafficPolicy}`,
    ]);
  }
  if (report.persistenceTimeoutSeconds !== undefined) {
    rows.push(["affinity", `${report.persistenceTimeoutSeconds} s by client`]);
  }
  if (report.sourceRanges !== undefined) {
    rows.push(["source ranges", report.sourceRanges.join(", ") || "none"]);
  }
  if (healthCheck !== undefined) {
    rows.push([
      "health check",
      `port ${healthCheck.port}, ${healthCheck.localEndpoints} ready here`,
    ]);
  }
  return rows;
}

function viewFrontend(
  frontend: FrontendReport,
  service: ServiceReport,
  nowMs: number,
): readonly string[] {
  const { key, kind, portName, policy, state, why, owner, waiting } = frontend;
  const name = portName === "" ? "" : `, port "${portName}"`;
  return [
    "",
    `${key}  (${kind}${name}, policy ${policy})  ${state}` +
    (why === undefined ? "" : `: ${why}`),
    ...(owner === service.name ? [] : [`  owner: ${owner}`]),
    ...(waiting.length === 0 ? [] : [`  waiting: ${waiting.join(", ")}`]),
    ...frontend.virtualServers.flatMap((one) => viewServer(one, nowMs)),
  ];
}

const CLIENTS = {
  everybody: "",
  inside: ", clients inside the cluster",
  outside: ", clients outside the cluster",
} as const;

function viewServer(
  server: VirtualServerReport,
  nowMs: number,
): readonly string[] {
  const { key, scheduler, flags, totals, rates } = server;
  const seconds = server.persistenceTimeoutSeconds;
  const line = `  ${key} ${scheduler}` +
    (flags.length === 0 ? "" : ` (${flags.join(",")})`) +
    (seconds === undefined ? "" : ` persistent ${seconds}`) +
    CLIENTS[server.clients] +
    (totals === undefined
      ? ""
      : `, ${formatCount(totals.connections)} connections so far` +
        `, ${formatCount(rates?.connections ?? 0)}/s`);
  return [
    line,
    ...(server.isForeign ? ["    NOT OURS: it is left alone"] : []),
    ...server.differences.map((text) => `    DIFFERS: ${text}`),
    ...formatTable([
      [
        ...["REAL SERVER", "WEIGHT", "ACTIVE", "OTHER"],
        ...["CONN/S", "IN B/S", "OUT B/S", "NODE", "NOTE"],
      ],
      ...server.realServers.map((real) => realRow(real, nowMs)),
    ], { indent: "    ", right: [1, 2, 3, 4, 5, 6] }),
  ];
}

function realRow(real: RealServerReport, nowMs: number): readonly string[] {
  const { weight, kernelWeight, rates, endpoint } = real;
  const shown = kernelWeight === undefined
    ? `-→${weight}`
    : weight === undefined || weight === kernelWeight
    ? String(kernelWeight)
    : `${kernelWeight}→${weight}`;
  return [
    real.key,
    shown,
    formatCount(real.activeConnections),
    formatCount(real.inactiveConnections),
    formatCount(rates?.connections ?? 0),
    formatCount(rates?.bytesIn ?? 0),
    formatCount(rates?.bytesOut ?? 0),
    endpoint?.nodeName ?? "-",
    notesOf(real, nowMs).join(", "),
  ];
}

function notesOf(
  { endpoint, drain, drainedAs, weight }: RealServerReport,
  nowMs: number,
): readonly string[] {
  const notes: string[] = [];
  if (endpoint?.isLocal) notes.push("on this node");
  if (endpoint?.zone !== undefined) notes.push(`zone ${endpoint.zone}`);
  if (endpoint === undefined) notes.push("in no slice");
  else if (endpoint.terminating) {
    notes.push(endpoint.serving ? "terminating, serving" : "terminating");
  } else if (!endpoint.ready) notes.push("not ready");
  if (drain !== undefined) {
    notes.push(`drains, cut in ${formatSpan(drain.deadlineMs - nowMs)}`);
  }
  if (drainedAs !== undefined) {
    notes.push(
      weight === 0
        ? `drained by hand (${drainedAs})`
        : `kept though drained by hand (${drainedAs}): nothing else`,
    );
  }
  return notes;
}
