import type { EndpointSlice, IpFamily, Rejection, Service } from "#model";
import { planFrontends } from "./family_plan.ts";
import { readyLocalAddresses } from "./health_check.ts";
import type {
  FrontendPlan,
  HealthCheck,
  PlanContext,
  ServicePlan,
} from "./types.ts";

/**
 * All that one Service needs in the kernel of this node. A function of the
 * Service, its slices and the context alone; the order of the slices does
 * not matter.
 */
export function planService(
  service: Service,
  slices: readonly EndpointSlice[],
  context: PlanContext,
): ServicePlan {
  const rejections = new Map<string, Rejection>();
  const reject = (field: string, reason: string): void => {
    const object = `Service ${service.name}`;
    rejections.set(`${field} ${reason}`, { object, field, reason });
  };
  const inOrder = [...slices].sort((a, b) => a.name < b.name ? -1 : 1);
  const frontends: FrontendPlan[] = [];
  const noLocalEndpoints = { internal: false, external: false };
  for (const family of familiesOf(service, context)) {
    const plan = planFrontends(service, inOrder, { family, context, reject });
    frontends.push(...plan.frontends);
    noLocalEndpoints.internal ||= plan.noLocalEndpoints.internal;
    noLocalEndpoints.external ||= plan.noLocalEndpoints.external;
  }
  return {
    service: service.name,
    createdMs: service.createdMs,
    frontends: frontends.slice(),
    ...planHealthCheck(service, inOrder, context),
    noLocalEndpoints,
    rejections: [...rejections.values()],
  };
}

/** Families that the Service has a cluster IP of and this host serves. */
function familiesOf(
  service: Service,
  context: PlanContext,
): readonly IpFamily[] {
  const families = service.clusterIps.map((address): IpFamily =>
    address.includes(":") ? "ipv6" : "ipv4"
  );
  return families.filter((family) => context.families.has(family));
}

function planHealthCheck(
  service: Service,
  slices: readonly EndpointSlice[],
  context: PlanContext,
): { readonly healthCheck?: HealthCheck } {
  const port = service.healthCheckNodePort;
  if (port === undefined) return {};
  const localAddresses = new Map(
    familiesOf(service, context).map((family) =>
      [
        family,
        readyLocalAddresses(service, slices, {
          family,
          nodeName: context.nodeName,
        }),
      ] as const
    ),
  );
  const counts = [...localAddresses.values()].map(({ length }) => length);
  const localEndpoints = Math.max(0, ...counts);
  return { healthCheck: { port, localEndpoints, localAddresses } };
}
