import type { Inspection } from "#agent";
import type { Drain } from "#diff";
import type { EndpointSlice, SliceEndpoint } from "#model";
import {
  type DrainTarget,
  isQuiesced,
  type RealServerKey,
  realServerKey,
  type VirtualServer,
  type VirtualServerKey,
} from "#plan";
import type { Fresh } from "./input.ts";
import type { DrainReport, EndpointReport, RealServerReport } from "./types.ts";

/** Endpoints of a Service by the keys of their real servers. */
export function endpointsByKey(
  slices: readonly EndpointSlice[],
): ReadonlyMap<RealServerKey, SliceEndpoint> {
  const found = new Map<RealServerKey, SliceEndpoint>();
  for (const { ports, endpoints } of slices) {
    for (const { port } of ports) {
      for (const endpoint of endpoints) {
        const key = realServerKey(endpoint.address, port);
        if (!found.get(key)?.ready) found.set(key, endpoint);
      }
    }
  }
  return found;
}

/** What the real servers of one Service are reported from. */
export interface RealServerContext {
  /** What is wanted, what is there, what drains. */
  readonly inspection: Inspection;
  /** Endpoints of the Service. */
  readonly endpoints: ReadonlyMap<RealServerKey, SliceEndpoint>;
  /** Name of this node. */
  readonly nodeName: string;
  /** What was listed for the report. */
  readonly fresh: Fresh;
}

/** Real servers of a virtual server: wanted ones, then those besides. */
export function reportRealServers(
  key: VirtualServerKey,
  wanted: VirtualServer | undefined,
  context: RealServerContext,
): readonly RealServerReport[] {
  const observed = context.fresh.observed ?? context.inspection.observed;
  const seen = observed.virtualServer(key)?.realServers ?? new Map();
  const keys = new Set([...wanted?.realServers.keys() ?? [], ...seen.keys()]);
  return [...keys].map((realServer) => {
    const real = seen.get(realServer);
    const weight = wanted?.realServers.get(realServer)?.weight;
    return {
      key: realServer,
      ...(weight === undefined ? {} : { weight }),
      ...(real === undefined ? {} : { kernelWeight: real.weight }),
      activeConnections: real?.activeConnections ?? 0,
      inactiveConnections: real?.inactiveConnections ?? 0,
      ...besides(key, realServer, context),
    };
  });
}

function besides(
  key: VirtualServerKey,
  realServer: RealServerKey,
  { inspection, endpoints, nodeName, fresh }: RealServerContext,
): Partial<RealServerReport> {
  const state = endpoints.get(realServer);
  const drain = inspection.drains.get(key, realServer);
  const drainedAs = state &&
    inspection.handDrains.find(({ target }) =>
      isQuiesced({ key: realServer, state }, new Set([target]))
    )?.target;
  const totals = fresh.totals?.get(key)?.realServers.get(realServer);
  const rates = fresh.rates?.get(key)?.realServers.get(realServer);
  return {
    ...(state && { endpoint: reportEndpoint(state, nodeName) }),
    ...(drain && { drain: reportDrain(drain, inspection) }),
    ...(drainedAs && { drainedAs }),
    ...(totals && { totals }),
    ...(rates && { rates }),
  };
}

function reportEndpoint(
  { ready, serving, terminating, nodeName: name, zone }: SliceEndpoint,
  nodeName: string,
): EndpointReport {
  return {
    ready,
    serving,
    terminating,
    isLocal: name !== undefined && name === nodeName,
    ...(name === undefined ? {} : { nodeName: name }),
    ...(zone === undefined ? {} : { zone }),
  };
}

/** A drain with its Service and its connections at the last look. */
export function reportDrain(
  { key, realServerKey: realServer, startedMs, goneMs, deadlineMs }: Drain,
  { desired, observed }: Pick<Inspection, "desired" | "observed">,
): DrainReport {
  const service = desired.holder(key)?.service;
  const real = observed.virtualServer(key)?.realServers.get(realServer);
  return {
    virtualServer: key,
    realServer,
    ...(service === undefined ? {} : { service }),
    startedMs,
    ...(goneMs === undefined ? {} : { goneMs }),
    deadlineMs,
    connections: (real?.activeConnections ?? 0) +
      (real?.inactiveConnections ?? 0),
  };
}

/** Real servers of a Service that a target names. */
export function keysOfTarget(
  endpoints: ReadonlyMap<RealServerKey, SliceEndpoint>,
  target: DrainTarget,
): ReadonlySet<RealServerKey> {
  const targets = new Set([target]);
  return new Set(
    [...endpoints].filter(([key, state]) => isQuiesced({ key, state }, targets))
      .map(([key]) => key),
  );
}
