/**
 * Two nodes with an agent each, a client pod and a server pod on both, and
 * everything outside routed through node-1.
 *
 * @module
 */

import {
  type AddressKind,
  addressOf,
  Api,
  CIDR_FLAGS,
  Cluster,
  type ClusterNode,
  type DialOptions,
  type DialResult,
  type Driver,
  eventually,
  FAMILIES,
  type Family,
  nodeObject,
  type Place,
  type Pod,
  routesVia,
} from "../../guest/mod.ts";

/** Where the server pods answer, in every protocol. */
export const TARGET_PORT = 8080;
/** Protocols that the server pods answer. */
export const PROTOCOLS = ["tcp", "udp", "sctp"] as const;
/** Kinds of address of a Service. */
export const ADDRESS_KINDS: readonly AddressKind[] = [
  "cluster-ip",
  "external-ip",
  "load-balancer",
];

const START_LIMIT_MS = 120_000;
/** A change is programmed within this. */
const SETTLED_MS = 20_000;
/** Nothing was heard for so long: dropped. */
const SILENCE_MS = 1_200;
/** A refusal takes less; a rate limit of the kernel would make it 1 s. */
const REFUSED_MS = 500;

/** What the steps work on. */
export interface Scene {
  /** How many times as long a slow guest is given. */
  readonly patience: number;
  /** Tells what happens. */
  readonly driver: Driver;
  /** The cluster. */
  readonly cluster: Cluster;
  /** Its API server. */
  readonly api: Api;
  /** The node that outside clients go through. */
  readonly node1: ClusterNode;
  /** Another node. */
  readonly node2: ClusterNode;
  /** A client pod on node-1. */
  readonly web: Pod;
  /** A client pod on node-2. */
  readonly far: Pod;
  /** A server pod on node-1. */
  readonly db1: Pod;
  /** A server pod on node-2. */
  readonly db2: Pod;
}

/** Builds everything and waits until both agents are ready. */
export async function makeScene(driver: Driver): Promise<Scene> {
  const cluster = await Cluster.create(driver);
  const node1 = await cluster.addNode("node-1");
  const node2 = await cluster.addNode("node-2");
  const web = await cluster.addPod("node-1", "web");
  const db1 = await cluster.addPod("node-1", "db-1");
  const far = await cluster.addPod("node-2", "far");
  const db2 = await cluster.addPod("node-2", "db-2");
  for (const pod of [db1, db2]) {
    for (const protocol of PROTOCOLS) {
      await cluster.serve(pod, { protocol, port: TARGET_PORT });
    }
  }
  const api = await Api.start(cluster, CIDR_FLAGS);
  const patience = Number(driver.config.parameters["patience"] ?? 1);
  const scene = {
    ...{ driver, cluster, api, patience },
    ...{ node1, node2, web, far, db1, db2 },
  };
  await must(scene, cluster.outside, routesVia(node1));
  for (const node of cluster.nodes.values()) {
    await api.create(nodeObject(node));
    startAgent(scene, node);
  }
  for (const node of cluster.nodes.values()) await untilReady(scene, node);
  return scene;
}

/** Starts a node's agent with more flags. */
export function startAgent(
  { cluster, api }: Scene,
  node: ClusterNode,
  ...flags: readonly string[]
): void {
  const parameters = [
    ...["run", "--kubeconfig", api.kubeconfig],
    ...["--hostname-override", node.name],
    ...["--cluster-cidr", "10.32.0.0/16,fd00:32::/32"],
  ];
  cluster.startAgent(node.name, {
    program: "agent",
    parameters: [...parameters, ...flags],
  });
}

/** Waits until a node's agent has programmed all it was given at its start. */
export async function untilReady(
  { cluster }: Scene,
  node: ClusterNode,
): Promise<void> {
  await cluster.programs.get(node.name).waitFor(/ready: /, START_LIMIT_MS);
}

/** Stops node-1's agent, starts it with more flags, and waits. */
export async function restartWith(
  scene: Scene,
  ...flags: readonly string[]
): Promise<void> {
  await scene.cluster.stopAgent("node-1");
  startAgent(scene, scene.node1, ...flags);
  await untilReady(scene, scene.node1);
}

/** Runs a script in a place; gives what it printed. */
export async function must(
  { cluster }: Scene,
  place: Place,
  script: string,
): Promise<string> {
  const { code, stdout, stderr } = await cluster.exec(place, [
    "sh",
    "-ec",
    script,
  ]);
  if (code === 0) return stdout;
  throw new Error(`Cannot run in ${place.name}: ${script}\n${stderr}${stdout}`);
}

/** Where one frontend is. */
export interface Target {
  /** What it is, for messages. */
  readonly label: string;
  /** Family of its address. */
  readonly family: Family;
  /** Its address. */
  readonly address: string;
  /** Its port. */
  readonly port: number;
}

/** All frontends of the Service of a number; node ports are node-1's. */
export function targetsOf(
  scene: Scene,
  number: number,
  { port = 80, nodePort }: {
    readonly port?: number;
    readonly nodePort?: number;
  } = {},
): Target[] {
  return FAMILIES.flatMap((family) => [
    ...ADDRESS_KINDS.map((kind) => ({
      label: `${kind} ${family}`,
      family,
      address: addressOf(number, kind, family),
      port,
    })),
    ...(nodePort === undefined ? [] : [{
      label: `node-port ${family}`,
      family,
      address: scene.node1[family],
      port: nodePort,
    }]),
  ]);
}

/** Who answered, or how it failed; a slow refusal says how slow it was. */
export function wordOf({ patience }: Scene, result: DialResult): string {
  if (result.answeredBy !== undefined) return result.answeredBy;
  if (result.failure === "refused" && result.ms > REFUSED_MS * patience) {
    return `refused after ${result.ms} ms`;
  }
  return result.failure ?? "failed";
}

/** One dial, in a word. */
export async function ask(
  scene: Scene,
  from: Place,
  to: DialOptions,
): Promise<string> {
  const timeoutMs = (to.timeoutMs ?? SILENCE_MS) * scene.patience;
  return wordOf(scene, await scene.cluster.dial(from, { ...to, timeoutMs }));
}

/** What is wanted of dials: client, target, and the words that are right. */
export type Wish = readonly [from: Place, to: DialOptions, ...words: string[]];

/**
 * Makes all dials at once.
 *
 * @throws {Error} naming every one that went otherwise
 */
export async function expectAll(
  scene: Scene,
  wishes: readonly Wish[],
): Promise<void> {
  const wrong = await Promise.all(wishes.map(async ([from, to, ...words]) => {
    const word = await ask(scene, from, to);
    if (words.includes(word)) return [];
    const { protocol = "tcp", address, port } = to;
    return [
      `${from.name} to ${address} ${port} ${protocol}: wanted ` +
      `${words.join(" or ")}, saw ${word}`,
    ];
  }));
  const lines = wrong.flat();
  if (lines.length > 0) throw new Error(lines.join("\n"));
}

/** Tries until all dials go as wanted; gives how long that took, in ms. */
export function untilAll(
  scene: Scene,
  wishes: readonly Wish[],
): Promise<number> {
  const timeoutMs = SETTLED_MS * scene.patience;
  return eventually(() => expectAll(scene, wishes), { timeoutMs, pauseMs: 50 });
}
