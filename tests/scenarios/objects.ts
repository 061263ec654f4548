/**
 * API objects from the short words of scenarios:
 * `service web 10.96.0.10 80>8080/TCP type=NodePort` and
 * `endpoints web 10.244.1.1 10.244.1.2,terminating`.
 *
 * @module
 */

/** An API object, as JSON. */
export type ApiObject = Readonly<Record<string, unknown>>;

interface Port {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetPort: number;
  readonly nodePort?: number;
}

/** Fields of the spec that a word may set, and how its value is read. */
const FIELDS: Readonly<Record<string, (value: string) => ApiObject>> = {
  type: (type) => ({ type }),
  external: (list) => ({ externalIPs: list.split(",") }),
  outside: (externalTrafficPolicy) => ({ externalTrafficPolicy }),
  inside: (internalTrafficPolicy) => ({ internalTrafficPolicy }),
  ranges: (list) => ({ loadBalancerSourceRanges: list.split(",") }),
  affinity: (seconds) => ({
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: Number(seconds) } },
  }),
};

/** `80>8080/TCP:30080`, with a name before "=" where there are several. */
function portOf(word: string): Port {
  const match = /^(?:([a-z]+)=)?(\d+)(?:>(\d+))?\/([A-Z]+)(?::(\d+))?$/
    .exec(word);
  if (match === null) throw new Error(`Cannot read the port "${word}"`);
  const [, name = "", port, targetPort = port, protocol = "", nodePort] = match;
  return {
    name,
    protocol,
    port: Number(port),
    targetPort: Number(targetPort),
    ...(nodePort === undefined ? {} : { nodePort: Number(nodePort) }),
  };
}

/** A Service: name, addresses, ports and fields, in this order. */
export function serviceOf(words: readonly string[]): ApiObject {
  const [name = "", addresses = "", ...rest] = words;
  const clusterIPs = addresses.split(",");
  const ports: Port[] = [];
  const annotations: Record<string, string> = {};
  let spec: ApiObject = {};
  let status: ApiObject = {};
  for (const word of rest) {
    const [key = "", value = ""] = [
      word.slice(0, word.indexOf("=")),
      word.slice(word.indexOf("=") + 1),
    ];
    if (key.startsWith("@")) {
      annotations[`ipvs.kube-proxy.io/${key.slice(1)}`] = value;
    } else if (key === "balancer") {
      const ingress = value.split(",").map((ip) => ({ ip }));
      status = { loadBalancer: { ingress } };
    } else if (key in FIELDS) spec = { ...spec, ...FIELDS[key]?.(value) };
    else ports.push(portOf(word));
  }
  const fieldsOfPorts = ports.map(({ name: portName, ...port }) => ({
    ...(portName === "" ? {} : { name: portName }),
    ...port,
  }));
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      creationTimestamp: "2026-01-01T00:00:00Z",
      annotations,
    },
    spec: {
      clusterIP: clusterIPs[0],
      clusterIPs,
      ipFamilies: clusterIPs.map((ip) => ip.includes(":") ? "IPv6" : "IPv4"),
      ports: fieldsOfPorts,
      ...spec,
    },
    status,
  };
}

/** One slice: its Service, then endpoints; ports are those of the Service. */
export function sliceOf(
  words: readonly string[],
  services: ReadonlyMap<string, ApiObject>,
): ApiObject {
  const [names = "", ...endpoints] = words;
  const [service = "", slice = service] = names.split("/");
  const spec = services.get(service)?.["spec"] as
    | { readonly ports: readonly Port[] }
    | undefined;
  const ports = (spec?.ports ?? []).map(({ name, protocol, targetPort }) => ({
    name: name ?? "",
    protocol,
    port: targetPort,
  }));
  const isSix = endpoints[0]?.includes("::") ?? false;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: slice,
      namespace: "default",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: isSix ? "IPv6" : "IPv4",
    endpoints: endpoints.map(endpointOf),
    ports,
  };
}

/** `ADDRESS[,terminating|,unready|,ending][@NODE]`; ending: not serving. */
function endpointOf(word: string): ApiObject {
  const [left = "", nodeName] = word.split("@");
  const [address = "", state = "ready"] = left.split(",");
  const isReady = state === "ready";
  return {
    addresses: [address],
    conditions: {
      ready: isReady,
      serving: isReady || state === "terminating",
      terminating: state === "terminating" || state === "ending",
    },
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}
