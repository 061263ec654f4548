/**
 * Random objects. Pools are small, so that Services meet in one frontend,
 * endpoints come back and addresses change hands.
 *
 * @module
 */
import { NODE } from "./node.ts";
import type {
  SimEndpoint,
  SimNode,
  SimPort,
  SimService,
  SimServiceCidr,
  SimSlice,
} from "./objects.ts";
import type { Random } from "./random.ts";

/** Names of Services; each has its own cluster IPs and pods. */
export const NAMES = ["a", "b", "c", "d", "e", "f"] as const;
/** A scheduler that the kernel of histories does not have. */
export const ABSENT_SCHEDULER = "sed";

const EXTERNAL = ["203.0.113.1", "203.0.113.2", "2001:db8::1"];
const BALANCERS = ["203.0.113.2", "203.0.113.9", "2001:db8::9"];
const PORTS: readonly SimPort[] = [
  { name: "", protocol: "tcp", port: 80, targetPort: 8080 },
  { name: "web", protocol: "tcp", port: 80, targetPort: 8081 },
  { name: "dns", protocol: "udp", port: 53, targetPort: 5353 },
  { name: "dns-tcp", protocol: "tcp", port: 53, targetPort: 5353 },
  { name: "sig", protocol: "sctp", port: 9, targetPort: 9000 },
  { name: "ssh", protocol: "tcp", port: 22, targetPort: 2222 },
];
const RANGES = [
  "198.51.100.0/24",
  "198.51.100.7/32",
  "192.168.0.0/16",
  "2001:db8:9::/48",
  "0.0.0.0/0",
];
const WISHES: readonly Readonly<Record<string, string>>[] = [
  { "scheduler": "wlc" },
  { "scheduler": "mh" },
  { "scheduler": "sh" },
  { "scheduler": ABSENT_SCHEDULER },
  { "local-weight": "3" },
  { "zone-weights": "z1=5,z2=0" },
  { "drain-limit": "0" },
  { "drain-limit": "30" },
  { "leave-alone": "external-ip" },
  { "leave-alone": "node-port,load-balancer" },
  { "restrict-node-ports": "true" },
];
const NODE_ADDRESSES = ["192.168.1.1", "192.168.1.2", "fd00:192::1"];

/** A Service; `created` stays what it was. */
export function randomService(
  random: Random,
  created: number | undefined,
): SimService {
  const name = random.pick(NAMES);
  const index = NAMES.indexOf(name) + 1;
  const type = random.pick(
    ["ClusterIP", "ClusterIP", "NodePort", "LoadBalancer"] as const,
  );
  const ips = [`10.96.0.${index}`, `fd00:96::${index}`];
  const stack = random.pick([[0], [0], [1], [0, 1], [1, 0]] as const);
  return {
    kind: "Service",
    name,
    created: created ?? random.below(3),
    type: random.chance(0.03) ? "ExternalName" : type,
    clusterIps: stack.map((at) => ips[at] ?? ""),
    externalIps: EXTERNAL.filter(() => random.chance(0.2)),
    balancerIps: type === "LoadBalancer"
      ? BALANCERS.filter(() => random.chance(0.5))
      : [],
    ports: randomPorts(random, type !== "ClusterIP"),
    inside: random.chance(0.2) ? "Local" : "Cluster",
    outside: random.chance(0.4) ? "Local" : "Cluster",
    wishes: random.chance(0.3) ? random.pick(WISHES) : {},
    ...(random.chance(0.2) ? { affinitySeconds: 600 } : {}),
    ...(random.chance(0.3)
      ? { ranges: RANGES.filter(() => random.chance(0.4)) }
      : {}),
    ...(random.chance(0.8) ? { healthPort: 31_000 + index } : {}),
    ...randomFlaw(random),
  };
}

function randomFlaw(random: Random): { readonly flaw?: "whole" | "part" } {
  if (!random.chance(0.12)) return {};
  return { flaw: random.pick(["whole", "part"] as const) };
}

function randomPorts(random: Random, hasNodePorts: boolean): SimPort[] {
  const ports: SimPort[] = [];
  for (const port of PORTS) {
    const isTaken = ports.some((one) =>
      one.protocol === port.protocol && one.port === port.port
    );
    if (isTaken || random.chance(port.name === "ssh" ? 0.95 : 0.6)) continue;
    const nodePort = 30_000 + PORTS.indexOf(port);
    const isOpen = hasNodePorts && random.chance(0.8);
    ports.push(isOpen ? { ...port, nodePort } : port);
  }
  const [first] = PORTS;
  if (ports.length === 0 && first !== undefined) ports.push(first);
  return ports;
}

/** A slice for a Service; without one, for one that may come. */
export function randomSlice(
  random: Random,
  services: readonly SimService[],
): SimSlice {
  const name = random.pick(NAMES);
  const index = NAMES.indexOf(name);
  const service = services.find((one) => one.name === name);
  const isSix = random.chance(0.3);
  const letter = random.pick(["a", "a", "b"]);
  const hasHints = random.chance(0.2);
  const endpoints: SimEndpoint[] = [];
  for (let i = 1; i <= 4; i++) {
    if (random.chance(0.45)) continue;
    endpoints.push({
      address: isSix ? `fd00:244:${index + 1}::${i}` : `10.244.${index}.${i}`,
      state: random.pick(
        [
          "ready",
          "ready",
          "ready",
          "unready",
          "terminating",
          "ending",
        ] as const,
      ),
      node: random.chance(0.4) ? NODE : "node-2",
      zone: random.pick(["z1", "z2"]),
      ...(hasHints ? { hint: random.pick(["z1", "z2"]) } : {}),
    });
  }
  return {
    kind: "EndpointSlice",
    name: `${name}-${isSix ? 6 : 4}${letter}`,
    service: name,
    family: isSix ? "ipv6" : "ipv4",
    ports: service?.ports ?? PORTS.slice(0, 1),
    endpoints,
    ...randomFlaw(random),
  };
}

/** This node's own Node. */
export function randomNode(random: Random): SimNode {
  return {
    kind: "Node",
    name: NODE,
    addresses: NODE_ADDRESSES.filter((_, at) => at === 0 || random.chance(0.5)),
    podCidrs: random.chance(0.7) ? ["10.244.0.0/24", "fd00:244:1::/64"] : [],
    ...(random.chance(0.7) ? { zone: random.pick(["z1", "z2"]) } : {}),
  };
}

/** A network of cluster IPs. */
export function randomServiceCidr(random: Random): SimServiceCidr {
  return {
    kind: "ServiceCIDR",
    name: random.pick(["kubernetes", "more"]),
    cidrs: random.pick([
      ["10.96.0.0/12", "fd00:96::/112"],
      ["10.112.0.0/16"],
      ["10.96.0.0/16"],
    ]),
  };
}
