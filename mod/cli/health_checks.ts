import type { Agent, HostAddresses } from "#agent";
import { programmedAddresses } from "#diff";
import {
  familyOf,
  familyOfCidr,
  type IpFamily,
  parseCidr,
  type ServiceName,
} from "#model";
import {
  BoundedServer,
  HealthCheckPorts,
  healthCheckReport,
  isHealthy,
  newConnections,
} from "#observe";
import type { EventReport } from "#watch";
import { selectNodePortAddresses } from "#plan";
import { DEVICE, type ViewOptions } from "./host_view.ts";
import type { ServeSources } from "./serve.ts";
import { healthInput } from "./serve.ts";

/** Of all health-check node ports together. */
const MOST_CONNECTIONS = 256;
/** A probe is short, ms. */
const TIME_LIMIT_MS = 5_000;

/** What health-check node ports are told from. */
export interface HealthCheckSources extends Omit<ServeSources, "failed"> {
  /** What configuration, host and cluster together say. */
  readonly view: ViewOptions;
  /** The agent. */
  readonly agent: Pick<Agent, "snapshot" | "plans" | "inspect">;
  /** Takes note of an Event. */
  report(report: EventReport): void;
}

/** Health-check node ports of all Services; nothing is opened yet. */
export function openHealthChecks(
  sources: HealthCheckSources,
): HealthCheckPorts {
  const { agent, model, view, report } = sources;
  const limits = {
    connections: MOST_CONNECTIONS,
    timeLimitMs: TIME_LIMIT_MS,
    live: newConnections(),
  };
  return new HealthCheckPorts({
    hosts: () => healthCheckHosts(view),
    listen: (host, port, handleOf) =>
      new BoundedServer({ host, port }, handleOf, limits),
    localEndpoints: (service, family) => countReached(agent, service, family),
    isHealthy: () =>
      isHealthy(healthInput({ ...sources, settings: view.settings })),
    isNodeLeaving: () => model.node()?.eligible === false,
    failed: (service, port, reason) =>
      report(healthCheckReport(service, port, {
        reason,
        nodeName: view.nodeName,
        uidOf: (name) => model.service(name)?.uid,
      })),
  });
}

/** Endpoints of this node that clients really reach, by the kernel's word. */
function countReached(
  agent: HealthCheckSources["agent"],
  service: ServiceName,
  family: IpFamily,
): number {
  const plan = agent.plans.get(service);
  const inspection = agent.inspect();
  if (plan === undefined || inspection === undefined) return 0;
  const local = plan.healthCheck?.localAddresses.get(family) ?? [];
  return programmedAddresses(plan, local, inspection).length;
}

/**
 * Addresses of health-check node ports: all of them as a rule, as load
 * balancers probe by addresses that only they know; with networks configured
 * for node ports, each address within them. "::" is for both families.
 */
export function healthCheckHosts(
  { settings, families, model, hostAddresses }: Pick<
    ViewOptions,
    "settings" | "families" | "model" | "hostAddresses"
  >,
): readonly string[] {
  const chosen = settings.nodePortAddresses;
  const isOpen = (family: IpFamily): boolean =>
    chosen[0] !== "primary" && hasAll(chosen, family);
  if (families.has("ipv6") && isOpen("ipv6")) return ["::"];
  const some = selectNodePortAddresses(
    chosen[0] === "primary"
      ? ["primary"]
      : chosen.flatMap((text) => parseCidr(text) ?? []),
    hostAddresses ?? (new Map() as HostAddresses),
    { node: model.node(), device: DEVICE },
  ).filter((address) => families.has(familyOf(address)));
  if (!isOpen("ipv4")) return some;
  return ["0.0.0.0", ...some.filter((one) => familyOf(one) === "ipv6")];
}

/** Whether a family is not limited to some of its networks. */
function hasAll(chosen: readonly string[], family: IpFamily): boolean {
  const own = chosen.flatMap((text) => parseCidr(text) ?? [])
    .filter((cidr) => familyOfCidr(cidr) === family);
  return own.length === 0 || own.some((cidr) => cidr.endsWith("/0"));
}
