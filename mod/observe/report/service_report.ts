import type { Inspection } from "#agent";
import type { Conflict } from "#diff";
import type { Rejection, Service, ServiceName } from "#model";
import type { FrontendKey, ServicePlan } from "#plan";
import { type FrontendContext, reportFrontend } from "./frontend_report.ts";
import { conflictsByFrontend, type Fresh, type ReportInput } from "./input.ts";
import { endpointsByKey } from "./real_server_report.ts";
import type {
  FrontendReport,
  ReportState,
  ServiceReport,
  ServiceSummary,
} from "./types.ts";

/** States from the worst to the best. */
const WORST_FIRST: readonly ReportState[] = [
  "rejected",
  "failing",
  "foreign",
  "conflict",
  "pending",
  "refused",
  "dropped",
  "empty",
  "served",
];

/** All Services in one line each, by name; rejected ones are among them. */
export function summariseServices(
  input: ReportInput,
  fresh: Fresh = {},
): readonly ServiceSummary[] {
  const names = new Set<ServiceName>(input.plans.keys());
  for (const name of input.model.serviceNames()) names.add(name);
  for (const object of input.model.rejections().keys()) {
    const name = /^Service (\S+)$/.exec(object)?.[1];
    if (name !== undefined) names.add(name as ServiceName);
  }
  const conflicts = conflictsByFrontend(input.snapshot.conflicts);
  return [...names].sort().map((name) => {
    const report = makeReport(name, input, { fresh, conflicts });
    return summaryOf(report);
  });
}

/** One Service with all that it has here; undefined: it is not known. */
export function reportService(
  name: ServiceName,
  input: ReportInput,
  fresh: Fresh = {},
): ServiceReport | undefined {
  const isKnown = input.plans.has(name) ||
    input.model.service(name) !== undefined ||
    input.model.rejections().has(`Service ${name}`);
  if (!isKnown) return undefined;
  const conflicts = conflictsByFrontend(input.snapshot.conflicts);
  return makeReport(name, input, { fresh, conflicts });
}

function summaryOf(report: ServiceReport): ServiceSummary {
  const { name, type, state, why, sinceMs, ports, clusterIps } = report;
  const { frontends, served, realServers, quiescent, connections } = report;
  return {
    name,
    ...(type === undefined ? {} : { type }),
    state,
    ...(why === undefined ? {} : { why }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ports,
    clusterIps,
    frontends,
    served,
    realServers,
    quiescent,
    connections,
  };
}

function makeReport(
  name: ServiceName,
  input: ReportInput,
  { fresh, conflicts }: {
    readonly fresh: Fresh;
    readonly conflicts: ReadonlyMap<FrontendKey, Conflict>;
  },
): ServiceReport {
  const service = input.model.service(name);
  const plan = input.plans.get(name);
  const { inspection } = input;
  const rejections = rejectionsOf(name, plan, input);
  if (service === undefined || plan === undefined) {
    return unusable(name, rejections, service);
  }
  const frontendList = inspection === undefined
    ? []
    : reportFrontends(plan, { input, service, inspection, fresh, conflicts });
  const worst = worstOf(frontendList);
  const { type, createdMs, sourceRanges, clusterIps } = service;
  const { internalTrafficPolicy, externalTrafficPolicy } = service;
  const seconds = service.persistenceTimeoutSeconds;
  return {
    name,
    type,
    ...worst,
    ports: service.ports.map(({ port, nodePort, protocol }) =>
      `${port}${nodePort === undefined ? "" : `:${nodePort}`}/${protocol}`
    ),
    clusterIps,
    ...countsOf(frontendList),
    createdMs,
    internalTrafficPolicy,
    externalTrafficPolicy,
    ...(seconds === undefined ? {} : { persistenceTimeoutSeconds: seconds }),
    ...(sourceRanges === undefined ? {} : { sourceRanges }),
    ...(plan.healthCheck === undefined
      ? {}
      : { healthCheck: plan.healthCheck }),
    rejections,
    frontendList,
  };
}

function unusable(
  name: string,
  rejections: readonly Rejection[],
  service: Service | undefined,
): ServiceReport {
  const isRejected = service === undefined;
  return {
    name,
    state: isRejected ? "rejected" : "pending",
    why: isRejected
      ? rejections[0]?.reason ?? "it cannot be used"
      : "it waits for the next pass",
    ports: [],
    clusterIps: service?.clusterIps ?? [],
    ...countsOf([]),
    createdMs: service?.createdMs ?? 0,
    rejections,
    frontendList: [],
  };
}

function reportFrontends(
  plan: ServicePlan,
  { input, service, inspection, fresh, conflicts }: {
    readonly input: ReportInput;
    readonly service: Service;
    readonly inspection: Inspection;
    readonly fresh: Fresh;
    readonly conflicts: ReadonlyMap<FrontendKey, Conflict>;
  },
): readonly FrontendReport[] {
  const shared: Omit<FrontendContext, "conflict"> = {
    input,
    service,
    inspection,
    fresh,
    nodeName: input.nodeName,
    endpoints: endpointsByKey(input.model.slices(plan.service)),
  };
  return plan.frontends.map((frontend) =>
    reportFrontend(frontend, {
      ...shared,
      conflict: conflicts.get(frontend.key),
    })
  );
}

/** State of the worst frontend, with its reason and time. */
function worstOf(
  frontends: readonly FrontendReport[],
): Pick<ServiceSummary, "state" | "why" | "sinceMs"> {
  let worst: FrontendReport | undefined;
  const rank = ({ state, why }: FrontendReport): number =>
    2 * WORST_FIRST.indexOf(state) + (why === undefined ? 1 : 0);
  for (const frontend of frontends) {
    if (worst === undefined || rank(frontend) < rank(worst)) worst = frontend;
  }
  if (worst === undefined) {
    return { state: "empty", why: "no frontend of it is served on this node" };
  }
  const { state, why, sinceMs } = worst;
  return {
    state,
    ...(why === undefined ? {} : { why }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}

function countsOf(
  frontends: readonly FrontendReport[],
): Pick<
  ServiceSummary,
  "frontends" | "served" | "realServers" | "quiescent" | "connections"
> {
  const usable = new Set<string>();
  const quiescent = new Set<string>();
  let connections = 0;
  for (const { virtualServers } of frontends) {
    for (const { realServers } of virtualServers) {
      for (const real of realServers) {
        connections += real.activeConnections + real.inactiveConnections;
        if (real.kernelWeight === undefined) continue;
        (real.kernelWeight > 0 ? usable : quiescent).add(real.key);
      }
    }
  }
  return {
    frontends: frontends.length,
    served: frontends.filter(({ state }) => state === "served").length,
    realServers: usable.size,
    quiescent: quiescent.size,
    connections,
  };
}

function rejectionsOf(
  name: ServiceName,
  plan: ServicePlan | undefined,
  { model }: ReportInput,
): readonly Rejection[] {
  const all = model.rejections();
  const slices = model.slices(name).flatMap((slice) =>
    all.get(`EndpointSlice ${slice.name}`) ?? []
  );
  return [
    ...all.get(`Service ${name}`) ?? [],
    ...plan?.rejections ?? [],
    ...slices,
  ];
}
