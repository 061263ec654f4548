/** Decoded objects for the tests of this folder. */
import {
  decodeEndpointSlice,
  decodeService,
  type EndpointSlice,
  type IpAddress,
  type Service,
} from "#model";
import type { FrontendPlan, PlanContext, ServicePlan } from "#plan";

/** A Service `default/web`, TCP 80, at 10.96.0.10; throws when malformed. */
export function service(
  spec: Record<string, unknown> = {},
  { annotations = {}, ingress = [] as readonly unknown[] } = {},
): Service {
  const decoded = decodeService({
    metadata: { namespace: "default", name: "web", annotations },
    spec: {
      clusterIP: "10.96.0.10",
      ports: [{ port: 80 }],
      ...spec,
    },
    status: { loadBalancer: { ingress } },
  });
  if (decoded.kind !== "object") throw new TypeError(Deno.inspect(decoded));
  return decoded.value;
}

/** A slice of `default/web` with port 8080. */
export function slice(
  endpoints: readonly unknown[],
  rest: Record<string, unknown> = {},
): EndpointSlice {
  const decoded = decodeEndpointSlice({
    metadata: {
      namespace: "default",
      name: "web-1",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080 }],
    endpoints,
    ...rest,
  });
  if (decoded.kind !== "object") throw new TypeError(Deno.inspect(decoded));
  return decoded.value;
}

/** An endpoint as the API writes it. */
export function endpoint(
  address: string,
  nodeName: string,
  conditions: Record<string, boolean> = {},
): Record<string, unknown> {
  return { addresses: [address], nodeName, conditions };
}

/** Node n1 with 192.0.2.1 and 2001:db8::1; marks count from 1. */
export function context(rest: Partial<PlanContext> = {}): PlanContext {
  const marks = new Map<string, number>();
  return {
    nodeName: "n1",
    nodePortAddresses: ["192.0.2.1", "2001:db8::1"] as IpAddress[],
    hostAddresses: new Set(["192.0.2.1", "2001:db8::1"] as IpAddress[]),
    nodeAddresses: ["192.0.2.1", "2001:db8::1"] as IpAddress[],
    foreignAddresses: new Map(),
    families: new Set(["ipv4", "ipv6"]),
    scheduler: "rr",
    externalIps: true,
    markOf(key): number {
      const mark = marks.get(key) ?? marks.size + 1;
      marks.set(key, mark);
      return mark;
    },
    ...rest,
  };
}

/** The frontend of a plan with a key; throws when there is none. */
export function frontend(plan: ServicePlan, key: string): FrontendPlan {
  const found = plan.frontends.find((item) => (item.key as string) === key);
  if (found === undefined) throw new RangeError(`Cannot find ${key}: no such`);
  return found;
}

/** Set entries of a plan as text: "refuse 10.96.0.10,tcp:80". */
export function entries(plan: ServicePlan): readonly string[] {
  return plan.frontends.flatMap((item) => item.setEntries)
    .map(({ set, element }) => `${set} ${element}`);
}
