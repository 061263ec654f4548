/**
 * What the API server fills in when a Service or EndpointSlice is written.
 *
 * @module
 */
import { type Allocator, familyOf } from "./allocator.ts";
import {
  at,
  compact,
  isObject,
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  textOf,
} from "./json.ts";

type Fields = Readonly<Record<string, Json | undefined>>;

/** Seconds of affinity when a Service does not say. */
const AFFINITY_SECONDS = 10_800;

function portDefaults(
  spec: JsonObject,
  previous: JsonObject | undefined,
  wantsNodePorts: boolean,
  allocator: Allocator,
): Json {
  const before = listOf(at(previous, "spec", "ports"));
  return listOf(spec["ports"]).map((port): Json => {
    if (!isObject(port)) return port;
    const number = port["port"] ?? null;
    const protocol = textOf(port["protocol"]) || "TCP";
    const old = before.find((item) =>
      at(item, "port") === number &&
      (at(item, "protocol") ?? "TCP") === protocol
    );
    const given = port["nodePort"] ?? 0;
    return compact({
      ...port,
      protocol,
      port: number,
      targetPort: port["targetPort"] ?? number,
      nodePort: given !== 0
        ? given
        : wantsNodePorts
        ? at(old, "nodePort") ?? allocator.freePort()
        : undefined,
    });
  });
}

/** Families, policy and addresses of a Service that has cluster IPs. */
function addressDefaults(
  spec: JsonObject,
  previous: JsonObject | undefined,
  allocator: Allocator,
): Fields {
  const old = objectOf(at(previous, "spec"));
  const first = textOf(spec["clusterIP"]) ||
    textOf(listOf(spec["clusterIPs"])[0]) || textOf(old["clusterIP"]);
  const policy = textOf(spec["ipFamilyPolicy"]) ||
    textOf(old["ipFamilyPolicy"]) || "SingleStack";
  const wanted = listOf(spec["ipFamilies"] ?? old["ipFamilies"]).map(textOf);
  const known: readonly string[] = allocator.families;
  const leading = wanted.length > 0 ? wanted : [
    ...(first !== "" && first !== "None"
      ? [familyOf(first)]
      : known.slice(0, 1)),
  ];
  const families = policy === "SingleStack"
    ? leading
    : [...new Set([...leading, ...known])];
  if (first === "None") {
    return {
      clusterIP: "None",
      clusterIPs: ["None"],
      ipFamilies: families,
      ipFamilyPolicy: policy,
    };
  }
  const given = listOf(spec["clusterIPs"] ?? old["clusterIPs"]).map(textOf);
  const pool = [...new Set([first, ...given].filter((item) => item !== ""))];
  const addresses = families.map((family) =>
    pool.find((address) => familyOf(address) === family) ??
      (family === "IPv4" || family === "IPv6"
        ? allocator.freeAddress(family)
        : undefined) ??
      ""
  );
  return {
    clusterIP: addresses[0],
    clusterIPs: addresses,
    ipFamilies: families,
    ipFamilyPolicy: policy,
  };
}

/** A Service with the server's defaults and allocations. */
export function withServiceDefaults(
  service: JsonObject,
  previous: JsonObject | undefined,
  allocator: Allocator,
): JsonObject {
  const spec = objectOf(service["spec"]);
  const type = textOf(spec["type"]) || "ClusterIP";
  const affinity = textOf(spec["sessionAffinity"]) || "None";
  const base: Fields = { ...spec, type, sessionAffinity: affinity };
  if (type === "ExternalName") return { ...service, spec: compact(base) };
  const balanced = type === "LoadBalancer";
  const allocates = balanced
    ? spec["allocateLoadBalancerNodePorts"] ?? true
    : undefined;
  const hasNodePorts = type === "NodePort" || allocates === true;
  const isExternal = type !== "ClusterIP" ||
    listOf(spec["externalIPs"]).length > 0;
  const external = textOf(spec["externalTrafficPolicy"]) || "Cluster";
  const checks = balanced && external === "Local";
  const seconds = at(spec, "sessionAffinityConfig", "clientIP");
  return {
    ...service,
    spec: compact({
      ...base,
      ports: spec["ports"] === undefined
        ? undefined
        : portDefaults(spec, previous, hasNodePorts, allocator),
      ...addressDefaults(spec, previous, allocator),
      sessionAffinityConfig: affinity === "ClientIP"
        ? seconds === undefined
          ? { clientIP: { timeoutSeconds: AFFINITY_SECONDS } }
          : spec["sessionAffinityConfig"]
        : undefined,
      allocateLoadBalancerNodePorts: allocates,
      externalTrafficPolicy: isExternal ? external : undefined,
      internalTrafficPolicy: textOf(spec["internalTrafficPolicy"]) || "Cluster",
      healthCheckNodePort: checks
        ? spec["healthCheckNodePort"] ??
          at(previous, "spec", "healthCheckNodePort") ?? allocator.freePort()
        : undefined,
    }),
  };
}

/** An EndpointSlice with the server's defaults. */
export function withSliceDefaults(slice: JsonObject): JsonObject {
  const endpoints = slice["endpoints"];
  const ports = slice["ports"];
  return {
    ...slice,
    addressType: slice["addressType"] ?? "",
    endpoints: Array.isArray(endpoints)
      ? endpoints.map((endpoint: Json): Json =>
        isObject(endpoint)
          ? { ...endpoint, conditions: objectOf(endpoint["conditions"]) }
          : endpoint
      )
      : null,
    ports: Array.isArray(ports)
      ? ports.map((port: Json): Json =>
        isObject(port)
          ? {
            ...port,
            name: port["name"] ?? "",
            protocol: port["protocol"] ?? "TCP",
          }
          : port
      )
      : null,
  };
}
