import {
  cidrContains,
  familyOf,
  type FrontendKind,
  type IpAddress,
  type IpFamily,
  type Service,
  type ServicePort,
} from "#model";
import { frontendKey } from "./keys.ts";
import type { Reject } from "./scheduling.ts";
import type { FrontendKey, PlanContext } from "./types.ts";

/** One address and port at which a port of a Service is to be reached. */
export interface Frontend {
  /** Protocol, address, port. */
  readonly key: FrontendKey;
  /** Kind of its address. */
  readonly kind: FrontendKind;
  /** Its address. */
  readonly address: IpAddress;
  /** Its port. */
  readonly port: number;
  /** Port of the Service. */
  readonly servicePort: ServicePort;
  /** Whether its address belongs on the device. */
  readonly bind: boolean;
  /** Whether its address is ours, so that unknown ports of it are refused. */
  readonly isOurs: boolean;
}

/**
 * TCP ports of a node's own addresses that no Service takes: those by which
 * the node is run (ssh, the kubelet, metrics and health of the proxy).
 */
export const GUARDED_PORTS: ReadonlySet<number> = new Set([
  22,
  10_249,
  10_250,
  10_256,
]);

/** Addresses of one kind in one family, and what becomes of them. */
interface Candidates {
  readonly kind: FrontendKind;
  readonly field: string;
  readonly addresses: readonly IpAddress[];
}

/**
 * Frontends of a Service in one family: addresses that are left alone, taken
 * by others, or excluded are not among them. No two have one key; of doubles
 * the kind that comes first here stands.
 */
export function listFrontends(
  service: Service,
  family: IpFamily,
  { context, reject }: {
    readonly context: PlanContext;
    readonly reject: Reject;
  },
): readonly Frontend[] {
  const frontends = new Map<FrontendKey, Frontend>();
  for (const candidates of listCandidates(service, context)) {
    if (service.wishes.leaveAlone.has(candidates.kind)) continue;
    for (const address of candidates.addresses) {
      if (familyOf(address) !== family) continue;
      const options = { candidates, context, reject };
      if (!isServable(address, options)) continue;
      for (const servicePort of service.ports) {
        const frontend = toFrontend(address, servicePort, options);
        if (frontend === undefined || frontends.has(frontend.key)) continue;
        frontends.set(frontend.key, frontend);
      }
    }
  }
  return [...frontends.values()];
}

function listCandidates(
  service: Service,
  context: PlanContext,
): readonly Candidates[] {
  return [
    {
      kind: "cluster-ip",
      field: "spec.clusterIPs",
      addresses: service.clusterIps,
    },
    {
      kind: "load-balancer",
      field: "status.loadBalancer.ingress",
      addresses: service.loadBalancerIps,
    },
    {
      kind: "external-ip",
      field: "spec.externalIPs",
      addresses: context.externalIps ? service.externalIps : [],
    },
    {
      kind: "node-port",
      field: "spec.ports",
      addresses: service.ports.some((port) => port.nodePort !== undefined)
        ? context.nodePortAddresses
        : [],
    },
  ];
}

interface CandidateOptions {
  readonly candidates: Candidates;
  readonly context: PlanContext;
  readonly reject: Reject;
}

function isServable(
  address: IpAddress,
  { candidates, context, reject }: CandidateOptions,
): boolean {
  const owner = context.foreignAddresses.get(address);
  if (owner === undefined || candidates.kind === "node-port") return true;
  if (context.hostAddresses.has(address)) return true;
  reject(
    candidates.field,
    `Cannot take ${address} here: it is an address of ${owner}`,
  );
  return false;
}

function toFrontend(
  address: IpAddress,
  servicePort: ServicePort,
  { candidates, context, reject }: CandidateOptions,
): Frontend | undefined {
  const { kind, field } = candidates;
  const isNodePort = kind === "node-port";
  const port = isNodePort ? servicePort.nodePort : servicePort.port;
  if (port === undefined) return undefined;
  const isOwn = isNodePort || context.hostAddresses.has(address);
  const isGuarded = isOwn && !isNodePort && servicePort.protocol === "tcp" &&
    GUARDED_PORTS.has(port);
  if (isGuarded) {
    reject(
      field,
      `Cannot take TCP port ${port} of ${address}: the address is this ` +
        "node's own and the port is one by which it is run",
    );
    return undefined;
  }
  const key = frontendKey(servicePort.protocol, address, port);
  const isRouted = context.routedCidrs?.some((cidr) =>
    cidrContains(cidr, address)
  );
  return {
    key,
    kind,
    address,
    port,
    servicePort,
    bind: !isOwn && !isRouted,
    isOurs: !isOwn,
  };
}
