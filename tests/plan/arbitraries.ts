/** Random objects of the API: mostly valid, some odd in one place. */
import fc from "fast-check";

type Json = Record<string, unknown>;

const NODES = ["n1", "n2", "n3"];
const ZONES = ["a", "b"];

const octet = fc.integer({ min: 1, max: 6 });
const podAddress = fc.tuple(octet, octet);

function oneOf<Value>(...values: readonly Value[]): fc.Arbitrary<Value> {
  return fc.constantFrom(...values);
}

const condition = fc.option(fc.boolean(), { nil: undefined });
const hints = fc.record({
  forZones: fc.option(
    fc.array(fc.record({ name: oneOf(...ZONES) }), { maxLength: 2 }),
  ),
  forNodes: fc.option(
    fc.array(fc.record({ name: oneOf(...NODES) }), { maxLength: 2 }),
  ),
});

function endpoint(family: "IPv4" | "IPv6"): fc.Arbitrary<Json> {
  const address = podAddress.map(([a, b]) =>
    family === "IPv4" ? `10.244.${a}.${b}` : `fd00:244::${a}:${b}`
  );
  return fc.record({
    addresses: address.map((text) => [text]),
    nodeName: fc.option(oneOf(...NODES), { nil: undefined }),
    zone: fc.option(oneOf(...ZONES), { nil: undefined }),
    conditions: fc.record({
      ready: condition,
      serving: condition,
      terminating: condition,
    }),
    hints: fc.option(hints, { nil: undefined }),
  });
}

const PORT_NAMES = ["a", "b"];
const protocol = oneOf("TCP", "UDP", "SCTP");

/** A slice of one of two Services. */
export const arbitrarySlice: fc.Arbitrary<Json> = oneOf(
  "IPv4" as const,
  "IPv6" as const,
).chain((addressType) =>
  fc.record({
    metadata: fc.record({
      namespace: fc.constant("default"),
      name: oneOf("s1", "s2", "s3", "s4"),
      labels: fc.record({
        "kubernetes.io/service-name": oneOf("web", "db"),
      }),
    }),
    addressType: fc.constant(addressType),
    ports: fc.array(
      fc.record({
        name: oneOf(...PORT_NAMES),
        protocol,
        port: fc.integer({ min: 8080, max: 8082 }),
      }),
      { maxLength: 3 },
    ),
    endpoints: fc.array(endpoint(addressType), { maxLength: 8 }),
  })
);

const policy = oneOf("Cluster", "Local");
const annotations = fc.record({
  "ipvs.kube-proxy.io/scheduler": oneOf("rr", "mh", "sh", "lc", "bad"),
  "ipvs.kube-proxy.io/scheduler-flags": oneOf("", "mh-port", "sh-port", "x"),
  "ipvs.kube-proxy.io/local-weight": oneOf("1", "10", "0"),
  "ipvs.kube-proxy.io/zone-weights": oneOf("a=0", "a=5,b=0", "?"),
  "ipvs.kube-proxy.io/leave-alone": oneOf("node-port", "cluster-ip", ""),
}, { requiredKeys: [] });

const ports = fc.uniqueArray(
  fc.record({
    name: oneOf(...PORT_NAMES),
    protocol,
    port: fc.integer({ min: 80, max: 83 }),
    nodePort: oneOf(0, 30_080, 30_081),
  }),
  { minLength: 1, maxLength: 3, selector: ({ name }) => name },
);

/** One of two Services, of any kind and family. */
export const arbitraryService: fc.Arbitrary<Json> = fc.record({
  metadata: fc.record({
    namespace: fc.constant("default"),
    name: oneOf("web", "db"),
    annotations,
  }),
  spec: fc.record({
    type: oneOf("ClusterIP", "NodePort", "LoadBalancer"),
    ipFamilies: oneOf(["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"]),
    ports,
    externalIPs: fc.subarray(["198.51.100.1", "2001:db8::1", "192.0.2.1"]),
    loadBalancerSourceRanges: fc.subarray(["10.0.0.0/8", "::/0", "1.2.3.4/32"]),
    internalTrafficPolicy: policy,
    externalTrafficPolicy: policy,
    healthCheckNodePort: fc.constant(31_000),
    sessionAffinity: oneOf("None", "ClientIP"),
  }),
  status: fc.record({
    loadBalancer: fc.record({
      ingress: fc.subarray([
        { ip: "203.0.113.1" },
        { ip: "2001:db8::2" },
        { ip: "198.51.100.1", ipMode: "Proxy" },
      ]),
    }),
  }),
}).map(withClusterIps);

function withClusterIps(service: Json): Json {
  const spec = service.spec as { readonly ipFamilies: readonly string[] };
  const name = (service.metadata as { readonly name: string }).name;
  const last = name === "web" ? "10" : "11";
  const clusterIPs = spec.ipFamilies.map((family) =>
    family === "IPv4" ? `10.96.0.${last}` : `fd00:96::${last}`
  );
  return {
    ...service,
    spec: { ...spec, clusterIPs, clusterIP: clusterIPs[0] },
  };
}

/** An object with any JSON in one of its places. */
export function broken(
  objects: fc.Arbitrary<Json>,
): fc.Arbitrary<unknown> {
  return fc.tuple(objects, fc.nat(), fc.jsonValue({ stringUnit: "binary" }))
    .map(
      ([object, at, value]) => {
        const places = placesOf(object);
        return place(object, places[at % places.length] ?? [], value);
      },
    );
}

function placesOf(
  value: unknown,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, item]) =>
      placesOf(item, [...path, key])
    ),
  ];
}

function place(
  value: unknown,
  [key, ...rest]: readonly string[],
  other: unknown,
): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      String(index) === key ? place(item, rest, other) : item
    );
  }
  const record = value as Json;
  return { ...record, [key]: place(record[key], rest, other) };
}
