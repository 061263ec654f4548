import type {
  ClusterNode,
  EndpointSlice,
  IpAddress,
  Service,
  ServiceCidr,
  ServiceWishes,
  SliceEndpoint,
  TrafficPolicy,
} from "./types.ts";
import { familyOf } from "./address.ts";
import { SERVICE_NAME_LABEL } from "./endpoint_slice.ts";
import { AUTOSCALER_TAINT, ZONE_LABEL } from "./node.ts";
import { WISH_PREFIX } from "./wishes.ts";

/**
 * The least object of the API that `decodeService` reads as this value.
 * Nothing else that the object once had is in it.
 */
export function encodeService(
  service: Service,
): Readonly<Record<string, unknown>> {
  const { createdMs, uid, persistenceTimeoutSeconds: seconds } = service;
  const { clusterIps, healthCheckNodePort, sourceRanges } = service;
  const annotations = encodeWishes(service.wishes);
  return {
    metadata: {
      ...namespaced(service.name),
      ...(uid === "" ? {} : { uid }),
      ...(createdMs === 0
        ? {}
        : { creationTimestamp: new Date(createdMs).toISOString() }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      type: service.type,
      clusterIP: clusterIps[0],
      clusterIPs: clusterIps,
      ipFamilies: clusterIps.map(familyName),
      externalIPs: service.externalIps,
      // A range that cannot be read keeps a closed list closed.
      ...(sourceRanges === undefined ? {} : {
        loadBalancerSourceRanges: sourceRanges.length > 0 ? sourceRanges : [""],
      }),
      internalTrafficPolicy: encodePolicy(service.internalTrafficPolicy),
      externalTrafficPolicy: encodePolicy(service.externalTrafficPolicy),
      ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
      ...(seconds === undefined ? {} : {
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } },
      }),
      ports: service.ports.map(encodePort),
    },
    status: {
      loadBalancer: { ingress: service.loadBalancerIps.map((ip) => ({ ip })) },
    },
  };
}

/** The least object that `decodeEndpointSlice` reads as this value. */
export function encodeEndpointSlice(
  slice: EndpointSlice,
): Readonly<Record<string, unknown>> {
  const [, service = ""] = slice.service.split("/");
  return {
    metadata: {
      ...namespaced(slice.name),
      labels: { [SERVICE_NAME_LABEL]: service },
    },
    addressType: slice.family === "ipv4" ? "IPv4" : "IPv6",
    ports: slice.ports.map(encodePort),
    endpoints: slice.endpoints.map(encodeEndpoint),
  };
}

/** The least object that `decodeNode` reads as this value. */
export function encodeNode(
  node: ClusterNode,
): Readonly<Record<string, unknown>> {
  const { name, addresses, podCidrs, zone, eligible } = node;
  return {
    metadata: {
      name,
      ...(zone === undefined ? {} : { labels: { [ZONE_LABEL]: zone } }),
    },
    spec: {
      podCIDRs: podCidrs,
      ...(eligible ? {} : { taints: [{ key: AUTOSCALER_TAINT }] }),
    },
    status: {
      addresses: addresses.map((address) => ({ type: "InternalIP", address })),
    },
  };
}

/** The least object that `decodeServiceCidr` reads as this value. */
export function encodeServiceCidr(
  { name, cidrs }: ServiceCidr,
): Readonly<Record<string, unknown>> {
  return { metadata: { name }, spec: { cidrs } };
}

function namespaced(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

function familyName(address: IpAddress): "IPv4" | "IPv6" {
  return familyOf(address) === "ipv4" ? "IPv4" : "IPv6";
}

function encodePolicy(policy: TrafficPolicy): "Cluster" | "Local" {
  return policy === "local" ? "Local" : "Cluster";
}

function encodePort<Port extends { readonly protocol: string }>(
  port: Port,
): Readonly<Record<string, unknown>> {
  return { ...port, protocol: port.protocol.toUpperCase() };
}

function encodeEndpoint(
  endpoint: SliceEndpoint,
): Readonly<Record<string, unknown>> {
  const { address, ready, serving, terminating, nodeName, zone } = endpoint;
  const { zoneHints, nodeHints } = endpoint;
  const toName = (name: string) => ({ name });
  const hints = {
    ...(zoneHints.length > 0 ? { forZones: zoneHints.map(toName) } : {}),
    ...(nodeHints.length > 0 ? { forNodes: nodeHints.map(toName) } : {}),
  };
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(zoneHints.length + nodeHints.length > 0 ? { hints } : {}),
  };
}

function encodeWishes(wishes: ServiceWishes): Record<string, string> {
  const { scheduler, schedulerFlags, localWeight, zoneWeights } = wishes;
  const { leaveAlone, drainLimitSeconds, restrictsNodePorts } = wishes;
  const texts: readonly (readonly [name: string, text: string | undefined])[] =
    [
      ["scheduler", scheduler],
      ["scheduler-flags", schedulerFlags?.join()],
      ["local-weight", localWeight?.toString()],
      [
        "zone-weights",
        zoneWeights && [...zoneWeights].map((pair) => pair.join("=")).join(),
      ],
      ["leave-alone", [...leaveAlone].join() || undefined],
      ["drain-limit", drainLimitSeconds?.toString()],
      ["restrict-node-ports", restrictsNodePorts?.toString()],
    ];
  return Object.fromEntries(
    texts.filter(([, text]) => text !== undefined)
      .map(([name, text]) => [WISH_PREFIX + name, text ?? ""]),
  );
}
