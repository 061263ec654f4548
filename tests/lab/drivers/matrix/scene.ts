/**
 * Two nodes with an agent each, clients, endpoints, and one Service for each
 * name of the matrix, with every kind of frontend in both families.
 *
 * @module
 */

import {
  addressOf as addressOfNumber,
  Api,
  type ApiObject,
  CIDR_FLAGS,
  Cluster,
  type Driver,
  FAMILIES,
  type Family,
  nodeObject,
  type Place,
  publish,
  routesVia,
} from "../../guest/mod.ts";
import type { Kind } from "./table.ts";

/** Transport protocols that are tried. */
export const PROTOCOLS = ["tcp", "udp", "sctp"] as const;

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
  const api = await Api.start(cluster, CIDR_FLAGS);
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
  const routes = routesVia(cluster.node("node-1"));
  const { code, stderr } = await cluster.exec(cluster.outside, [
    "sh",
    "-ec",
    routes,
  ]);
  if (code !== 0) throw new Error(`Cannot route outside: ${stderr}`);
}

async function createService(
  cluster: Cluster,
  api: Api,
  name: string,
): Promise<void> {
  const { endpoints, ...rest } = VARIANTS[name] ?? missing(name);
  await publish(api, {
    ...rest,
    name,
    number: numberOf(name),
    protocols: PROTOCOLS,
    targetPort: TARGET_PORT,
    nodePort: nodePortOf(name),
    endpoints: endpoints.map((pod) => cluster.pods.get(pod) ?? missing(pod)),
  });
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
  return addressOfNumber(numberOf(service), kind, family);
}

function numberOf(service: string): number {
  return NAMES.indexOf(service) + 10;
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
