import type { Decoded, Service, ServiceName, TrafficPolicy } from "./types.ts";
import {
  isIntegerWithin,
  isPort,
  isRecord,
  member,
  parseTimeMs,
  path,
} from "./json.ts";
import { readNamespacedName } from "./namespaced.ts";
import { objectText, Rejections } from "./rejections.ts";
import {
  readClusterIps,
  readExternalIps,
  readLoadBalancerIps,
  readSourceRanges,
} from "./service_addresses.ts";
import { readServicePorts } from "./service_ports.ts";
import { quote } from "./text.ts";
import { readWishes } from "./wishes.ts";

/** Label that hides a Service from this proxy, whatever its value. */
export const PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name";
/** Persistence that the API gives when none is said, in seconds. */
const DEFAULT_PERSISTENCE_SECONDS = 10_800;
const MAX_PERSISTENCE_SECONDS = 86_400;
/** Most frontends, addresses times ports, that one Service may ask for. */
const MAX_FRONTENDS = 20_000;
/** Most set elements that the source ranges of one Service may need. */
const MAX_RANGE_ELEMENTS = 200_000;

/**
 * Reads a Service of the API (behaviour 1.2). Never throws, whatever the
 * value is.
 */
export function decodeService(object: unknown): Decoded<Service> {
  const rejections = new Rejections(objectText("Service", object));
  const name = readNamespacedName(object, rejections);
  if (name === undefined) return rejections.malformed();
  const spec = member(object, "spec");
  if (!isRecord(spec)) {
    rejections.add("spec", `Cannot use ${quote(spec)}: it must be an object`);
    return rejections.malformed();
  }
  const absence = whyAbsent(object, spec);
  if (absence === NO_CLUSTER_IP && !isEmptyList(member(spec, "clusterIPs"))) {
    rejections.add(
      "spec.clusterIPs",
      `Cannot use ${quote(member(spec, "clusterIPs"))} without a clusterIP`,
    );
    return rejections.malformed();
  }
  if (absence !== undefined) return { kind: "absent", reason: absence };
  const value = readService(object, name as ServiceName, rejections);
  return value === undefined
    ? rejections.malformed()
    : { kind: "object", value, rejections: rejections.all() };
}

const NO_CLUSTER_IP = "no cluster IP yet";

function whyAbsent(object: unknown, spec: unknown): string | undefined {
  const label = path(object, "metadata", "labels", PROXY_NAME_LABEL);
  if (label !== undefined) return "another proxy is named by label";
  if (member(spec, "type") === "ExternalName") return "type ExternalName";
  const clusterIp = member(spec, "clusterIP") ?? "";
  if (clusterIp === "None") return "headless";
  return clusterIp === "" ? NO_CLUSTER_IP : undefined;
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || value === null ||
    (Array.isArray(value) && value.every((item) => item === ""));
}

function readService(
  object: unknown,
  name: ServiceName,
  rejections: Rejections,
): Service | undefined {
  const spec = member(object, "spec");
  const clusterIps = readClusterIps(spec, rejections);
  const ports = readServicePorts(spec, rejections);
  const externalIps = readExternalIps(spec, rejections);
  const loadBalancerIps = readLoadBalancerIps(object, rejections);
  const sourceRanges = readSourceRanges(spec, rejections);
  if (
    clusterIps === undefined || ports === undefined ||
    externalIps === undefined || loadBalancerIps === undefined ||
    sourceRanges === undefined
  ) return undefined;
  const elsewhere = externalIps.length + loadBalancerIps.length;
  const frontends = (clusterIps.length + elsewhere) * ports.length;
  const ranges = sourceRanges === "everybody" ? 0 : sourceRanges.length;
  const elements = loadBalancerIps.length * ports.length * ranges;
  if (frontends > MAX_FRONTENDS || elements > MAX_RANGE_ELEMENTS) {
    rejections.add(
      "spec",
      `Cannot serve ${frontends} frontends with ${elements} source ranges: ` +
        `at most ${MAX_FRONTENDS} and ${MAX_RANGE_ELEMENTS}`,
    );
    return undefined;
  }
  return {
    name,
    uid: readUid(object),
    createdMs: parseTimeMs(path(object, "metadata", "creationTimestamp")) ?? 0,
    type: readType(spec, rejections),
    clusterIps,
    externalIps,
    loadBalancerIps,
    ports,
    ...(sourceRanges === "everybody" ? {} : { sourceRanges }),
    ...readPolicies(spec, rejections),
    ...readPersistence(spec, rejections),
    wishes: readWishes(path(object, "metadata", "annotations"), rejections),
  };
}

function readUid(object: unknown): string {
  const uid = path(object, "metadata", "uid");
  return typeof uid === "string" && /^[-0-9a-zA-Z]{1,64}$/.test(uid) ? uid : "";
}

function readType(spec: unknown, rejections: Rejections): Service["type"] {
  const type = member(spec, "type") ?? "ClusterIP";
  if (type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer") {
    return type;
  }
  rejections.add(
    "spec.type",
    `Cannot use ${quote(type)}: unknown type; ClusterIP is used`,
  );
  return "ClusterIP";
}

function readPolicy(
  spec: unknown,
  name: string,
  rejections: Rejections,
): TrafficPolicy {
  const policy = member(spec, name) ?? "Cluster";
  if (policy === "Cluster" || policy === "Local") {
    return policy === "Local" ? "local" : "cluster";
  }
  rejections.add(
    `spec.${name}`,
    `Cannot use ${quote(policy)}: it must be Cluster or Local; Cluster is used`,
  );
  return "cluster";
}

function readPolicies(
  spec: unknown,
  rejections: Rejections,
): Pick<
  Service,
  "internalTrafficPolicy" | "externalTrafficPolicy" | "healthCheckNodePort"
> {
  const externalIps = member(spec, "externalIPs");
  const type = member(spec, "type");
  // Without an outside address the API ignores the field's value.
  const isOutside = type === "NodePort" || type === "LoadBalancer" ||
    (Array.isArray(externalIps) && externalIps.length > 0);
  const policies = {
    internalTrafficPolicy: readPolicy(
      spec,
      "internalTrafficPolicy",
      rejections,
    ),
    externalTrafficPolicy: isOutside
      ? readPolicy(spec, "externalTrafficPolicy", rejections)
      : "cluster" as const,
  };
  const hasHealthCheck = type === "LoadBalancer" &&
    policies.externalTrafficPolicy === "local";
  if (!hasHealthCheck) return policies;
  const port = member(spec, "healthCheckNodePort");
  if (isPort(port)) return { ...policies, healthCheckNodePort: port };
  rejections.add(
    "spec.healthCheckNodePort",
    `Cannot answer health checks: the port is ${quote(port ?? 0)}`,
  );
  return policies;
}

function readPersistence(
  spec: unknown,
  rejections: Rejections,
): Pick<Service, "persistenceTimeoutSeconds"> {
  const affinity = member(spec, "sessionAffinity") ?? "None";
  if (affinity === "None" || affinity === "") return {};
  if (affinity !== "ClientIP") {
    rejections.add(
      "spec.sessionAffinity",
      `Cannot use ${quote(affinity)}: it must be None or ClientIP`,
    );
    return {};
  }
  const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  const seconds = path(
    spec,
    "sessionAffinityConfig",
    "clientIP",
    "timeoutSeconds",
  ) ?? DEFAULT_PERSISTENCE_SECONDS;
  if (isIntegerWithin(seconds, 1, MAX_PERSISTENCE_SECONDS)) {
    return { persistenceTimeoutSeconds: seconds };
  }
  rejections.add(
    field,
    `Cannot use ${quote(seconds)}: it must be 1 to 86400; 10800 is used`,
  );
  return { persistenceTimeoutSeconds: DEFAULT_PERSISTENCE_SECONDS };
}
