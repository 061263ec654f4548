import type { EndpointSlice, IpFamily, Service, ServicePort } from "#model";
import { collectEndpoints, selectEndpoints } from "./endpoints.ts";
import { type Frontend, listFrontends } from "./frontends.ts";
import { planFrontend, type PortPlan } from "./frontend_plan.ts";
import { toRealServers } from "./real_servers.ts";
import {
  type Reject,
  selectMarkScheduling,
  selectScheduling,
} from "./scheduling.ts";
import { selectSourceRanges } from "./source_ranges.ts";
import type { FrontendPlan, PlanContext, ServicePlan } from "./types.ts";

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
  const ports = new Map<ServicePort, PortPlan>();
  const plans: FrontendPlan[] = [];
  for (const frontend of frontends) {
    const port = ports.get(frontend.servicePort) ??
      planPort(frontend.servicePort, slices, { ...shared, frontends });
    ports.set(frontend.servicePort, port);
    plans.push(planFrontend(frontend, port, shared));
  }
  return { frontends: plans, noLocalEndpoints: countNoLocal(service, ports) };
}

function planPort(
  port: ServicePort,
  slices: readonly EndpointSlice[],
  { service, family, context, frontends }: {
    readonly service: Service;
    readonly family: IpFamily;
    readonly context: PlanContext;
    readonly frontends: readonly Frontend[];
  },
): PortPlan {
  const isOutside = frontends.some((frontend) =>
    frontend.servicePort === port && frontend.kind !== "cluster-ip"
  );
  const { internalTrafficPolicy, externalTrafficPolicy } = service;
  const usesLocalOutside = isOutside && externalTrafficPolicy === "local";
  const selected = selectEndpoints(collectEndpoints(slices, port, family), {
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
