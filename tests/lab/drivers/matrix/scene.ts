/**
 * Two nodes with an agent each, clients, endpoints, and one Service for each
 * name of the matrix, with every kind of frontend in both families.
 *
 * @module
 */

import {
  Api,
  type ApiObject,
  Cluster,
  type Driver,
  nodeObject,
  type Place,
  serviceObject,
  sliceObject,
} from "../../guest/mod.ts";
import type { Kind } from "./table.ts";

/** Transport protocols that are tried. */
export const PROTOCOLS = ["tcp", "udp", "sctp"] as const;
/** Families that are tried. */
export const FAMILIES = ["ipv4", "ipv6"] as const;
/** A family. */
export type Family = typeof FAMILIES[number];

const START_LIMIT_MS = 120_000;
const TARGET_PORT = 8080;

interface Variant {
  readonly endpoints: readonly string[];
  readonly port?: number;
  readonly spec?: ApiObject;
}

const LOCAL = { externalTrafficPolicy: "Local" };
const CLIENT = { sessionAffinity: "ClientIP" };

/** The Services of the matrix. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  "cluster-far": { endpoints: ["db-2"] },
  "cluster-near": { endpoints: ["db-1"] },
  "cluster-same": { endpoints: ["db-2"], port: TARGET_PORT },
  "cluster-client": { endpoints: ["db-2"], spec: CLIENT },
  "local-far": { endpoints: ["db-2"], spec: LOCAL },
  "local-near": { endpoints: ["db-1"], spec: LOCAL },
  "local-both": { endpoints: ["db-1", "db-2"], spec: LOCAL },
  "local-same": {
    endpoints: ["db-1", "db-2"],
    port: TARGET_PORT,
    spec: LOCAL,
  },
  "local-client": {
    endpoints: ["db-1", "db-2"],
    spec: { ...LOCAL, ...CLIENT },
  },
  "inside-far": {
    endpoints: ["db-2"],
    spec: { internalTrafficPolicy: "Local" },
  },
  "none": { endpoints: [] },
};
const NAMES = Object.keys(VARIANTS);

/** First numbers of the addresses of each kind; a Service adds its own. */
const PREFIXES: Readonly<
  Record<Exclude<Kind, "node-port">, {
    readonly ipv4: string;
    readonly ipv6: string;
  }>
> = {
  "cluster-ip": { ipv4: "10.96.7.", ipv6: "fd00:96::7:" },
  "external-ip": { ipv4: "203.0.113.", ipv6: "2001:db8:113::" },
  "load-balancer": { ipv4: "198.51.100.", ipv6: "2001:db8:100::" },
};

/** What the matrix is tried on. */
export interface Scene {
  /** The cluster. */
  readonly cluster: Cluster;
  /** Its API server. */
  readonly api: Api;
  /** Clients by the names of the table. */
  readonly clients: ReadonlyMap<string, Place>;
  /** Roles of source addresses by address. */
  readonly roles: ReadonlyMap<string, string>;
}

/** Builds everything and waits until both agents have programmed it. */
export async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  for (const name of ["node-1", "node-2"]) await cluster.addNode(name);
  const pods: Place[] = [];
  for (const number of [1, 2]) {
    for (const name of [`pod-${number}`, `db-${number}`]) {
      pods.push(await cluster.addPod(`node-${number}`, name));
    }
  }
  for (const name of ["db-1", "db-2"]) {
    const pod = cluster.pods.get(name);
    if (pod === undefined) throw new Error(`Cannot find pod ${name}`);
    for (const protocol of PROTOCOLS) {
      await cluster.serve(pod, { protocol, port: TARGET_PORT });
    }
  }
  await routeOutside(cluster);
  const api = await Api.start(cluster, [
    ...["--service-cidr", "10.96.0.0/16"],
    ...["--service-cidr", "fd00:96::/108"],
  ]);
  for (const node of cluster.nodes.values()) await api.create(nodeObject(node));
  for (const name of NAMES) await createService(cluster, api, name);
  for (const name of cluster.nodes.keys()) startAgent(cluster, api, name);
  for (const name of cluster.nodes.keys()) {
    await cluster.programs.get(name).waitFor(/ready: /, START_LIMIT_MS);
  }
  const clients = new Map<string, Place>([
    ...[...pods, ...cluster.nodes.values()].map((place) =>
      [place.name, place] as const
    ),
    ["outside", cluster.outside],
  ]);
  return { cluster, api, clients, roles: rolesOf(cluster) };
}

/** Outside, everything that is no node is behind node-1. */
async function routeOutside(cluster: Cluster): Promise<void> {
  const { ipv4, ipv6 } = cluster.node("node-1");
  const routes = [
    ...["10.96.0.0/16", "203.0.113.0/24", "198.51.100.0/24"]
      .map((cidr) => `ip route add ${cidr} via ${ipv4}`),
    ...["fd00:96::/108", "2001:db8::/32"]
      .map((cidr) => `ip -6 route add ${cidr} via ${ipv6}`),
  ];
  const { code, stderr } = await cluster.exec(cluster.outside, [
    "sh",
    "-ec",
    routes.join("\n"),
  ]);
  if (code !== 0) throw new Error(`Cannot route outside: ${stderr}`);
}

async function createService(
  cluster: Cluster,
  api: Api,
  name: string,
): Promise<void> {
  const { endpoints, port = 80, spec = {} } = VARIANTS[name] ?? missing(name);
  const ports = PROTOCOLS.map((protocol) => ({
    name: protocol,
    protocol,
    port,
    targetPort: TARGET_PORT,
    nodePort: nodePortOf(name),
  }));
  const clusterIPs = FAMILIES.map((family) =>
    addressOf(name, "cluster-ip", family)
  );
  await api.create(serviceObject(name, ports, {
    type: "LoadBalancer",
    ipFamilyPolicy: "RequireDualStack",
    ipFamilies: ["IPv4", "IPv6"],
    clusterIP: clusterIPs[0],
    clusterIPs,
    externalIPs: FAMILIES.map((family) =>
      addressOf(name, "external-ip", family)
    ),
    ...spec,
  }));
  const ingress = FAMILIES.map((family) => ({
    ip: addressOf(name, "load-balancer", family),
    ipMode: "VIP",
  }));
  const { status, body } = await api.request(
    "PATCH",
    `/api/v1/namespaces/default/services/${name}/status`,
    { status: { loadBalancer: { ingress } } },
    "application/merge-patch+json",
  );
  if (status !== 200) {
    throw new Error(
      `Cannot set the status of ${name}: ${JSON.stringify(body)}`,
    );
  }
  if (endpoints.length === 0) return;
  for (const family of FAMILIES) {
    const list = endpoints.map((pod) => ({
      address: cluster.pods.get(pod)?.[family] ?? missing(pod),
      nodeName: pod.replace("db", "node"),
    }));
    await api.create(sliceObject(name, ports, list, `${name}-${family}`));
  }
}

function missing(name: string): never {
  throw new Error(`Cannot find "${name}"`);
}

/** Port on which a frontend of a Service is reached. */
export function portOf(service: string, kind: Kind): number {
  if (kind === "node-port") return nodePortOf(service);
  return (VARIANTS[service] ?? missing(service)).port ?? 80;
}

function nodePortOf(service: string): number {
  return 30_100 + NAMES.indexOf(service);
}

/** Address of a Service's frontend; a node port has none of its own. */
export function addressOf(
  service: string,
  kind: Exclude<Kind, "node-port">,
  family: Family,
): string {
  return `${PREFIXES[kind][family]}${NAMES.indexOf(service) + 10}`;
}

function rolesOf(cluster: Cluster): ReadonlyMap<string, string> {
  const roles = new Map<string, string>();
  for (const place of [...cluster.nodes.values(), ...cluster.pods.values()]) {
    for (const family of FAMILIES) roles.set(place[family], place.name);
  }
  for (const [name, node] of cluster.nodes) {
    const bridge = name.replace("node", "bridge");
    roles.set(node.podCidr4.replace(/0\/24$/, "1"), bridge);
    roles.set(node.podCidr6.replace(/::\/64$/, "::1"), bridge);
  }
  for (const family of FAMILIES) {
    roles.set(cluster.outside[family], "outside");
  }
  return roles;
}

function startAgent(cluster: Cluster, api: Api, name: string): void {
  cluster.startAgent(name, {
    program: "agent",
    parameters: [
      "run",
      "--kubeconfig",
      api.kubeconfig,
      "--hostname-override",
      name,
      "--cluster-cidr",
      "10.32.0.0/16,fd00:32::/32",
    ],
  });
}
