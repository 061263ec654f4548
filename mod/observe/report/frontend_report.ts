import type { Inspection } from "#agent";
import { type Conflict, elementId } from "#diff";
import type { Service, ServiceName } from "#model";
import type { FrontendPlan, VirtualServer } from "#plan";
import type { ReportInput } from "./input.ts";
import {
  type RealServerContext,
  reportRealServers,
} from "./real_server_report.ts";
import type {
  FrontendReport,
  ReportState,
  VirtualServerReport,
} from "./types.ts";

/** What a frontend is reported from. */
export interface FrontendContext extends RealServerContext {
  /** Everything of the moment. */
  readonly input: ReportInput;
  /** Its Service. */
  readonly service: Service;
  /** Who else claims it; undefined: nobody. */
  readonly conflict: Conflict | undefined;
}

/** Reports one frontend of a Service. */
export function reportFrontend(
  plan: FrontendPlan,
  context: FrontendContext,
): FrontendReport {
  const { input, service, conflict } = context;
  const owner = conflict?.winner ?? service.name;
  const virtualServers = owner === service.name
    ? plan.virtualServers.map((server) =>
      reportVirtualServer(server, plan, context)
    )
    : [];
  const { state, why } = stateOf(plan, virtualServers, { ...context, owner });
  const sinceMs = state === "failing"
    ? input.history.failsSinceMs(service.name)
    : input.history.answersSinceMs(service.name, plan.key);
  return {
    key: plan.key,
    kind: plan.kind,
    address: plan.address,
    protocol: plan.protocol,
    port: plan.port,
    portName: plan.portName,
    policy: policyOf(plan, service),
    inside: plan.inside,
    outside: plan.outside,
    state,
    ...(why === undefined ? {} : { why }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    owner,
    waiting: conflict?.losers ?? [],
    virtualServers,
  };
}

function policyOf(
  { kind }: FrontendPlan,
  { internalTrafficPolicy, externalTrafficPolicy }: Service,
): "cluster" | "local" {
  return kind === "cluster-ip" ? internalTrafficPolicy : externalTrafficPolicy;
}

function reportVirtualServer(
  server: VirtualServer,
  plan: FrontendPlan,
  context: FrontendContext,
): VirtualServerReport {
  const { inspection, fresh } = context;
  const { key, scheduler, schedulerFlags, persistenceTimeoutSeconds } = server;
  const seen = (fresh.observed ?? inspection.observed).virtualServer(key);
  const isForeign = seen !== undefined && !inspection.ownership.hasServer(key);
  const totals = fresh.totals?.get(key)?.all;
  const rates = fresh.rates?.get(key)?.all;
  return {
    key,
    clients: clientsOf(server, plan),
    scheduler,
    flags: schedulerFlags,
    ...(persistenceTimeoutSeconds === undefined
      ? {}
      : { persistenceTimeoutSeconds }),
    differences: differencesOf(server, inspection, seen),
    isForeign,
    realServers: reportRealServers(key, server, context),
    ...(totals && { totals }),
    ...(rates && { rates }),
  };
}

/** By mark come those inside; where there is no mark, everybody. */
function clientsOf(
  { key }: VirtualServer,
  { virtualServers, inside, outside }: FrontendPlan,
): VirtualServerReport["clients"] {
  if (key.startsWith("-f ")) return "inside";
  if (virtualServers.length > 1) return "outside";
  return inside === outside ? "everybody" : "outside";
}

function differencesOf(
  wanted: VirtualServer,
  { drains }: Inspection,
  seen: ReturnType<Inspection["observed"]["virtualServer"]>,
): readonly string[] {
  if (seen === undefined) return ["it is not there"];
  const found: string[] = [];
  const line = (flags: readonly string[]): string =>
    [...flags].sort().join(",");
  if (seen.scheduler !== wanted.scheduler) {
    found.push(`scheduler ${seen.scheduler}, wanted ${wanted.scheduler}`);
  }
  if (line(seen.flags) !== line(wanted.schedulerFlags)) {
    found.push(
      `flags "${line(seen.flags)}", wanted "${line(wanted.schedulerFlags)}"`,
    );
  }
  const seconds = wanted.persistenceTimeoutSeconds;
  if (seen.persistenceTimeoutSeconds !== seconds) {
    found.push(
      `persistence ${seen.persistenceTimeoutSeconds ?? "none"}, ` +
        `wanted ${seconds ?? "none"}`,
    );
  }
  for (const { key, weight } of wanted.realServers.values()) {
    const real = seen.realServers.get(key);
    if (real === undefined) found.push(`${key} is not there`);
    else if (real.weight !== weight) {
      found.push(`${key} has weight ${real.weight}, wanted ${weight}`);
    }
  }
  for (const key of seen.realServers.keys()) {
    if (wanted.realServers.has(key)) continue;
    if (drains.get(wanted.key, key) === undefined) {
      found.push(`${key} is there and not wanted`);
    }
  }
  return found;
}

/** Where a frontend stands and why. */
function stateOf(
  plan: FrontendPlan,
  servers: readonly VirtualServerReport[],
  { input, inspection, service, owner }: FrontendContext & {
    readonly owner: string;
  },
): { readonly state: ReportState; readonly why?: string } {
  if (owner !== service.name) {
    const ownMs = input.plans.get(owner as ServiceName)?.createdMs ?? 0;
    const how = ownMs < service.createdMs ? "older" : "first by name";
    return { state: "conflict", why: `Service ${owner} has it, being ${how}` };
  }
  if (servers.some(({ isForeign }) => isForeign)) {
    const why = "a virtual server that is not ours is there";
    return { state: "foreign", why };
  }
  const failure = input.snapshot.failures.get(service.name);
  if (failure !== undefined) return { state: "failing", why: failure };
  const different = differenceOf(plan, servers, inspection);
  if (different === undefined) return answerState(plan);
  const who = inspection.pending.has(service.name)
    ? "the next pass does it"
    : "the next audit repairs it";
  return { state: "pending", why: `${different}; ${who}` };
}

/** The first thing that the kernel has otherwise. */
function differenceOf(
  { bind, address, setEntries }: FrontendPlan,
  servers: readonly VirtualServerReport[],
  { observed }: Inspection,
): string | undefined {
  for (const { key, differences: [first] } of servers) {
    if (first !== undefined) return `${key}: ${first}`;
  }
  if (bind && !observed.hasAddress(address)) {
    return `address ${address} is not on the device`;
  }
  const missing = setEntries.map(elementId)
    .find((id) => !observed.hasElement(id));
  return missing && `set element ${missing} is not there`;
}

function answerState(
  { inside, outside }: FrontendPlan,
): { readonly state: ReportState; readonly why?: string } {
  if (inside === "serve" && outside === "serve") return { state: "served" };
  if (inside === "refuse") {
    return { state: "refused", why: "there is no endpoint" };
  }
  if (inside === "serve") {
    const why = outside === "drop"
      ? "clients outside the cluster are dropped: no endpoint on this node"
      : "clients outside the cluster are refused: there is no endpoint";
    return { state: "served", why };
  }
  return {
    state: "dropped",
    why: "policy Local: endpoints are on other nodes only",
  };
}
