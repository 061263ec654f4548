import type { RealServer, VirtualServer, VirtualServerKey } from "#plan";
import type { DiffContext } from "./diff.ts";
import { drainEnd, noteListed } from "./drains.ts";
import { ServerSteps } from "./order.ts";
import type {
  DesiredVirtualServer,
  Drain,
  Holder,
  ObservedRealServer,
  ObservedVirtualServer,
} from "./types.ts";

/** Rank of virtual servers of the first Services. */
const FIRST = 0;
/** Rank of those that have no usable real server now and get one. */
const REVIVED = 1;
/** Rank of those that only lose. */
const SHRUNK = 3;

/** Compares one virtual server with its real servers. */
export function compareServer(
  key: VirtualServerKey,
  context: DiffContext,
): void {
  const wanted = context.state.desired.virtualServer(key);
  const seen = context.state.observed.virtualServer(key);
  if (seen === undefined) endDrains(key, context);
  const steps = new ServerSteps();
  if (wanted === undefined) {
    if (seen !== undefined) leaveServer(seen, steps, context);
    else releaseServer(key, context);
  } else if (seen === undefined) addServer(wanted.server, steps);
  else editServer(wanted, seen, { steps, context });
  if (steps.isEmpty) return;
  const rank = rankOf(wanted, seen, context);
  context.out.steps.push({ rank, steps });
}

function rankOf(
  wanted: DesiredVirtualServer | undefined,
  seen: ObservedVirtualServer | undefined,
  { options }: DiffContext,
): number {
  if (wanted === undefined) return SHRUNK;
  if (options.first.has(wanted.service)) return FIRST;
  const usable = [...seen?.realServers.values() ?? []]
    .some((real) => real.weight > 0);
  if (!usable) return REVIVED;
  const gains = [...wanted.server.realServers.keys()]
    .some((key) => !seen?.realServers.has(key));
  return gains ? REVIVED + 1 : SHRUNK;
}

function addServer(server: VirtualServer, steps: ServerSteps): void {
  steps.push({ verb: "add-service", server });
  for (const realServer of server.realServers.values()) {
    steps.push({ verb: "add-server", key: server.key, realServer });
  }
}

function editServer(
  wanted: DesiredVirtualServer,
  seen: ObservedVirtualServer,
  { steps, context }: { steps: ServerSteps; context: DiffContext },
): void {
  const { state: { ownership }, out } = context;
  const { server } = wanted;
  const { key } = server;
  const equal = sameLine(server, seen);
  if (!ownership.hasServer(key)) {
    if (!equal) {
      out.foreign.push({ kind: "virtual server", name: key, inTheWay: true });
      return;
    }
    out.adopted.virtualServers.push(key);
  } else if (!equal) steps.push({ verb: "edit-service", server });
  for (const realServer of server.realServers.values()) {
    const real = seen.realServers.get(realServer.key);
    if (real === undefined) {
      steps.push({ verb: "add-server", key, realServer });
    } else editRealServer(realServer, real, { key, steps });
    endDrain(key, realServer, context);
  }
  for (const real of seen.realServers.values()) {
    if (server.realServers.has(real.key)) continue;
    retire(real, { seen, holder: wanted, steps, context });
  }
}

function editRealServer(
  wanted: RealServer,
  real: ObservedRealServer,
  { key, steps }: { key: VirtualServerKey; steps: ServerSteps },
): void {
  if (real.weight === wanted.weight && isMasquerading(real)) return;
  steps.push(
    { verb: "edit-server", key, realServer: wanted },
    wanted.weight < real.weight ? "lowers" : undefined,
  );
}

/**
 * What others took, or a batch that failed in a later step, stays on record;
 * somebody else's that comes under its key would be taken for ours.
 */
function releaseServer(
  key: VirtualServerKey,
  { state: { ownership }, options, out }: DiffContext,
): void {
  if (options.deletions === "withhold" || !ownership.hasServer(key)) return;
  out.released.virtualServers.push(key);
}

/**
 * A virtual server that is not wanted. If its frontend lives and has merely
 * lost its last endpoint, connections are given their time first: new ones
 * are refused by the set meanwhile. With the frontend gone it goes at once.
 */
function leaveServer(
  seen: ObservedVirtualServer,
  steps: ServerSteps,
  context: DiffContext,
): void {
  const { state: { ownership }, options, out } = context;
  const { key } = seen;
  if (!ownership.hasServer(key)) {
    out.foreign.push({ kind: "virtual server", name: key, inTheWay: false });
    return;
  }
  if (options.deletions === "withhold") return;
  const holder = holderOf(key, context);
  let staying = 0;
  if (holder !== undefined && holder.protocol !== "udp") {
    const lingering = new ServerSteps();
    for (const real of seen.realServers.values()) {
      const stays = retire(real, { seen, holder, steps: lingering, context });
      if (stays) staying++;
    }
    if (staying > 0) steps.pushAll(lingering);
  }
  if (staying > 0) return;
  if (holder === undefined || holder.protocol === "udp") {
    endDrains(key, context);
  }
  steps.push({ verb: "delete-service", key });
}

/** Stands for a frontend that nobody remembers. */
const UNKNOWN: Holder = {
  service: "" as Holder["service"],
  frontend: "" as Holder["frontend"],
  protocol: "tcp",
};

/**
 * Who stands behind a virtual server that is not wanted. After a restart, that
 * of a mark is told by the set that gives the mark, as long as it does; then
 * by nothing but the drains that are on record, which take their time.
 */
function holderOf(
  key: VirtualServerKey,
  { state: { desired, observed, drains } }: DiffContext,
): Holder | undefined {
  const holder = desired.holder(key);
  if (holder !== undefined || !key.startsWith("-f ")) return holder;
  const frontend = observed.frontendOfMark(key);
  if (frontend !== undefined) return desired.holderOf(frontend);
  return drains.has(key) ? UNKNOWN : undefined;
}

/** Takes a real server out; whether it stays for its connections. */
function retire(
  real: ObservedRealServer,
  { seen, holder, steps, context }: {
    seen: ObservedVirtualServer;
    holder: Holder;
    steps: ServerSteps;
    context: DiffContext;
  },
): boolean {
  const { state: { drains }, options, out } = context;
  const { key } = seen;
  if (options.deletions === "withhold") return true;
  const old = drains.get(key, real.key);
  const drain = holder.protocol === "udp"
    ? undefined
    : drainOf(real, { seen, holder, context });
  if (drain === undefined) {
    if (old !== undefined) out.drainsEnded.push(old);
    steps.push({ verb: "delete-server", key, realServerKey: real.key });
    return false;
  }
  if (drain !== old) out.drainsStarted.push(drain);
  if (real.weight !== 0) {
    const realServer = { key: real.key, weight: 0 };
    steps.push({ verb: "edit-server", key, realServer }, "lowers");
  }
  return true;
}

/** The drain of a real server, old or new; undefined: it is over. */
function drainOf(
  real: ObservedRealServer,
  { seen, holder, context }: {
    seen: ObservedVirtualServer;
    holder: Holder;
    context: DiffContext;
  },
): Drain | undefined {
  const { state: { drains }, options } = context;
  const { nowMs, drainLimits: limits } = options;
  const isListed = options.listed(holder.service).has(real.key);
  const old = drains.get(seen.key, real.key);
  const hardMs = options.hardLimitMs?.(holder.service) ?? limits.hardMs;
  const drain = noteListed(
    old ?? {
      key: seen.key,
      realServerKey: real.key,
      startedMs: nowMs,
      deadlineMs: nowMs + hardMs,
      ...(seen.key.startsWith("-f ") && holder !== UNKNOWN
        ? { frontend: holder.frontend }
        : {}),
    },
    isListed,
    nowMs,
  );
  const end = drainEnd(drain, seen, { nowMs, limits });
  if (end === undefined) return drain;
  if (end !== "idle") return undefined;
  return options.connections === "fresh" && old !== undefined
    ? undefined
    : drain;
}

function endDrain(
  key: VirtualServerKey,
  { key: realServerKey }: RealServer,
  { state: { drains }, out }: DiffContext,
): void {
  const drain = drains.get(key, realServerKey);
  if (drain !== undefined) out.drainsEnded.push(drain);
}

function endDrains(
  key: VirtualServerKey,
  { state: { drains }, out }: DiffContext,
): void {
  for (const drain of drains.of(key)) out.drainsEnded.push(drain);
}

/** The kernel turns masquerading into local by itself for local addresses. */
function isMasquerading(real: ObservedRealServer): boolean {
  return real.forwardingMethod === "masquerading" ||
    real.forwardingMethod === "local";
}

/** Whether scheduler, persistence and flags are as they are to be. */
export function sameLine(
  wanted: VirtualServer,
  seen: ObservedVirtualServer,
): boolean {
  return wanted.scheduler === seen.scheduler &&
    wanted.persistenceTimeoutSeconds === seen.persistenceTimeoutSeconds &&
    [...wanted.schedulerFlags].sort().join() === [...seen.flags].sort().join();
}
