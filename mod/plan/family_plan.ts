import type { EndpointSlice, IpFamily, Service, ServicePort } from "#model";
import { collectEndpoints, selectEndpoints } from "./endpoints.ts";
import { listFrontends } from "./frontends.ts";
import { planFrontend, type PortPlan } from "./frontend_plan.ts";
import { indexPorts, type PortSource } from "./port_index.ts";
import { toRealServers } from "./real_servers.ts";
import {
  type Reject,
  selectMarkScheduling,
  selectScheduling,
} from "./scheduling.ts";
import { selectSourceRanges } from "./source_ranges.ts";
import type { FrontendPlan, PlanContext, ServicePlan } from "./types.ts";

/**
 * Most real servers that one Service has in one family, over all its virtual
 * servers. A thousand endpoints behind a hundred frontends stay below it.
 */
export const MAX_REAL_SERVERS = 200_000;

/** What one family of a Service needs. */
export type FamilyPlan = Pick<ServicePlan, "frontends" | "noLocalEndpoints">;

/** Family, context, and where rejections go. */
export interface FamilyOptions {
  /** Family to plan. */
  readonly family: IpFamily;
  /** Node and configuration. */
  readonly context: PlanContext;
  /** Notes what cannot be planned. */
  readonly reject: Reject;
}

/** Plans the frontends of a Service in one family. */
export function planFrontends(
  service: Service,
  slices: readonly EndpointSlice[],
  options: FamilyOptions,
): FamilyPlan {
  const { family, context, reject } = options;
  const frontends = listFrontends(service, family, options);
  const isOutside = frontends.some(({ kind }) => kind !== "cluster-ip");
  const scheduling = selectScheduling(service, context, reject);
  const isMarked = isOutside && service.externalTrafficPolicy === "local";
  const shared = {
    service,
    family,
    context,
    reject,
    scheduling,
    markScheduling: isMarked
      ? selectMarkScheduling(scheduling, context, reject)
      : scheduling,
    sourceRanges: selectSourceRanges(service, family),
  };
  const outsidePorts = new Set(
    frontends.filter(({ kind }) => kind !== "cluster-ip")
      .map(({ servicePort }) => servicePort),
  );
  const index = indexPorts(slices, family);
  const ports = new Map<ServicePort, PortPlan>();
  const plans: FrontendPlan[] = [];
  let realServers = 0;
  for (const frontend of frontends) {
    if (realServers > MAX_REAL_SERVERS) break;
    const { servicePort } = frontend;
    const port = ports.get(servicePort) ??
      planPort(index.of(servicePort), outsidePorts.has(servicePort), shared);
    ports.set(servicePort, port);
    const plan = planFrontend(frontend, port, shared);
    realServers += countRealServers(plan);
    if (realServers <= MAX_REAL_SERVERS) plans.push(plan);
  }
  if (plans.length < frontends.length) {
    reject(
      "spec.ports",
      `Cannot serve ${frontends.length - plans.length} of ` +
        `${frontends.length} frontends: the Service has more than ` +
        `${MAX_REAL_SERVERS} real servers`,
    );
  }
  return { frontends: plans, noLocalEndpoints: countNoLocal(service, ports) };
}

function countRealServers({ virtualServers }: FrontendPlan): number {
  return virtualServers.reduce(
    (count, server) => count + server.realServers.size,
    0,
  );
}

function planPort(
  sources: readonly PortSource[],
  isOutside: boolean,
  { service, context }: {
    readonly service: Service;
    readonly context: PlanContext;
  },
): PortPlan {
  const { internalTrafficPolicy, externalTrafficPolicy } = service;
  const usesLocalOutside = isOutside && externalTrafficPolicy === "local";
  const selected = selectEndpoints(collectEndpoints(sources), {
    usesCluster: isOutside || internalTrafficPolicy === "cluster",
    usesLocal: usesLocalOutside || internalTrafficPolicy === "local",
    nodeName: context.nodeName,
    ...(context.zone === undefined ? {} : { zone: context.zone }),
  });
  return {
    cluster: toRealServers(selected.cluster, service, context),
    local: toRealServers(selected.local, service, context),
    hasAny: selected.hasAny,
    isOutside,
  };
}

function countNoLocal(
  service: Service,
  ports: ReadonlyMap<ServicePort, PortPlan>,
): ServicePlan["noLocalEndpoints"] {
  const without = [...ports.values()].filter((port) =>
    port.hasAny && port.local.size === 0
  );
  return {
    internal: service.internalTrafficPolicy === "local" && without.length > 0,
    external: service.externalTrafficPolicy === "local" &&
      without.some((port) => port.isOutside),
  };
}
