/**
 * A whole cluster of namespaces: nodes with pod bridges and routes between
 * them, pods, an outside client and a place for the API server, all on one
 * bridge, in IPv4 and IPv6.
 *
 * | | IPv4 | IPv6 |
 * |-|-|-|
 * | node N | 192.168.50.N/24 | fd00:50::N/64 |
 * | API server | 192.168.50.250 | fd00:50::250 |
 * | outside client | 192.168.50.251 | fd00:50::251 |
 * | pods of node N | 10.32.N.0/24 | fd00:32:N::/64 |
 *
 * @module
 */

import type { Driver } from "./driver.ts";
import {
  exec,
  type ExecOptions,
  ip,
  must,
  type Output,
  type Place,
  type Running,
} from "./process.ts";
import {
  type Connection,
  type DialOptions,
  type DialResult,
  Prober,
  type ResolveOptions,
  type ResolveResult,
  type ServeOptions,
} from "./prober.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import type { Stream, StreamOptions } from "./stream.ts";
import { observe, type ObservedNode } from "./observation.ts";
import { type AgentOptions, Programs } from "./programs.ts";
import {
  attach,
  type ClusterNode,
  fabricPlace,
  FORWARDING,
  makeFabric,
  makeNode,
  makePod,
  nodePlace,
  type Pod,
  podAddress,
  QUICK,
  routesTo,
} from "./topology.ts";

/** How a node is added. */
export interface NodeOptions {
  /** Third number of its pods' addresses; default: the node's own. */
  readonly podSubnet?: number;
}

/** How a pod is added. */
export interface PodOptions {
  /** Last number of its addresses; default: the next free one. */
  readonly host?: number;
}

const FIRST_POD_HOST = 2;

/** The cluster; one per driver. */
export class Cluster {
  /** Nodes by name. */
  readonly nodes = new Map<string, ClusterNode>();
  /** Pods by name. */
  readonly pods = new Map<string, Pod>();
  /** A client that is no node and no pod. */
  readonly outside: Place = fabricPlace("outside", 251);
  /** Where the API server runs. */
  readonly control: Place = fabricPlace("control", 250);
  /** What runs for long: agents, the API server. */
  readonly programs: Programs;
  readonly #prober: Prober;
  readonly #nextHost = new Map<string, number>();
  #nextNode = 1;
  #nextLink = 1;

  /** Only `Cluster.create` makes one. */
  private constructor(driver: Driver) {
    const { config } = driver;
    this.#prober = new Prober(`${config.guestFolder}prober/prober.py`);
    this.programs = new Programs(config);
    driver.onFailure(() => this.programs.lastLines());
  }

  /** Makes the fabric, the outside client and the API server's place. */
  static async create(driver: Driver): Promise<Cluster> {
    const cluster = new Cluster(driver);
    await must(undefined, ["modprobe", "-a", "bridge", "veth", "nf_conntrack"]);
    await cluster.sysctl(undefined, {
      ...QUICK,
      "net.netfilter.nf_conntrack_max": "262144",
    });
    await makeFabric();
    await cluster.#attach([cluster.outside, cluster.control], QUICK);
    return cluster;
  }

  #attach(
    places: readonly Place[],
    settings: Readonly<Record<string, string>>,
  ): Promise<void> {
    const newLink = () => `f${this.#nextLink++}`;
    return attach({ prober: this.#prober, newLink }, places, settings);
  }

  #others(): Place[] {
    return [...this.nodes.values(), this.outside, this.control];
  }

  /** Adds a node: namespaces of its own, pod bridge, routes to the others. */
  async addNode(name: string, options: NodeOptions = {}): Promise<ClusterNode> {
    const index = this.#nextNode++;
    const node = nodePlace(name, index, options.podSubnet ?? index);
    await this.#attach([node], FORWARDING);
    await makeNode(node, this.nodes.values());
    for (const other of this.#others()) await ip(other, routesTo(node));
    this.nodes.set(name, node);
    return node;
  }

  /** Removes a node with all that runs on it. */
  async removeNode(name: string): Promise<void> {
    const node = this.node(name);
    if (this.programs.has(name)) await this.stopAgent(name, "SIGKILL");
    for (const pod of this.pods.values()) {
      if (pod.node === node) await this.deletePod(pod.name, { abrupt: true });
    }
    this.nodes.delete(name);
    await this.#prober.unserveAll(name);
    await this.#prober.leave(name);
    await must(undefined, ["umount", `/lab/mounts/${name}`]);
    await ip(undefined, [`netns del ${name}`]);
    const routes = routesTo(node).map((line) => line.replace("add", "del"));
    for (const other of this.#others()) await ip(other, routes);
  }

  /** Adds a pod to a node's bridge. */
  async addPod(
    nodeName: string,
    name: string,
    options: PodOptions = {},
  ): Promise<Pod> {
    const node = this.node(nodeName);
    const next = this.#nextHost.get(nodeName) ?? FIRST_POD_HOST;
    const host = options.host ?? next;
    this.#nextHost.set(nodeName, Math.max(next, host + 1));
    const pod: Pod = {
      name,
      node,
      link: `v${this.#nextLink++}`,
      ipv4: podAddress(node.podCidr4, host),
      ipv6: podAddress(node.podCidr6, host),
    };
    await makePod(this.#prober, pod);
    this.pods.set(name, pod);
    return pod;
  }

  /**
   * Deletes a pod: its servers end, then its link. Abruptly, the link goes
   * first, as when a machine dies: nobody is told.
   */
  async deletePod(
    name: string,
    options: { readonly abrupt?: boolean } = {},
  ): Promise<void> {
    const pod = this.pods.get(name);
    if (pod === undefined) throw new Error(`Cannot delete pod "${name}": none`);
    this.pods.delete(name);
    if (!options.abrupt) await this.#prober.unserveAll(name);
    await ip(pod.node, [`link del ${pod.link}`]);
    await this.#prober.unserveAll(name);
    await this.#prober.leave(name);
    await ip(undefined, [`netns del ${name}`]);
  }

  /**
   * A node by its name.
   *
   * @throws {Error} when there is none
   */
  node(name: string): ClusterNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`Cannot find node "${name}"`);
    return node;
  }

  /** Serves in a place; call what it returns to stop. */
  serve(place: Place, options: ServeOptions): Promise<() => Promise<void>> {
    return this.#prober.serve(place.name, options);
  }

  /** Dials once from a place. */
  dial(place: Place, options: DialOptions): Promise<DialResult> {
    return this.#prober.dial(place.name, options);
  }

  /** Dials from a place and keeps the connection. */
  connect(place: Place, options: DialOptions): Promise<Connection> {
    return this.#prober.connect(place.name, options);
  }

  /** Keeps dialling from a place until what it returns is called. */
  load(
    place: Place,
    options: LoadOptions,
  ): Promise<() => Promise<LoadResult>> {
    return this.#prober.load(place.name, options);
  }

  /** Sends data from a place on one connection until it is stopped. */
  stream(place: Place, options: StreamOptions): Promise<Stream> {
    return this.#prober.stream(place.name, options);
  }

  /** Asks a name server from a place. */
  resolve(place: Place, options: ResolveOptions): Promise<ResolveResult> {
    return this.#prober.resolve(place.name, options);
  }

  /** Runs a command in a place to its end. */
  exec(
    place: Place | undefined,
    argv: readonly string[],
    options: ExecOptions = {},
  ): Promise<Output> {
    return exec(place, argv, options);
  }

  /** Writes kernel settings of a place, or of the guest. */
  async sysctl(
    place: Place | undefined,
    values: Readonly<Record<string, string>>,
  ): Promise<void> {
    const refused = await this.#prober.sysctl(place?.name ?? "", values);
    const [first] = Object.entries(refused);
    if (first) throw new Error(`Cannot write ${first[0]}: ${first[1]}`);
  }

  /** Reads a file of /proc as a place sees it; costs no process. */
  readProc(place: Place, path: string): Promise<string> {
    return this.#prober.read(place.name, path);
  }

  /** All that a service proxy could have changed on a node, as text. */
  observe(name: string): Promise<ObservedNode> {
    return observe(this.node(name));
  }

  /** A node's virtual servers as `ipvsadm -Sn` prints them. */
  async ipvs(name: string): Promise<string> {
    return await must(this.node(name), ["ipvsadm", "-Sn"]);
  }

  /** Starts a program in a place, its output kept under a name. */
  start(
    called: string,
    place: Place | undefined,
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Running {
    return this.programs.start(called, place, argv, env);
  }

  /** Starts a node's agent with the permissions and the rights it ships with. */
  startAgent(name: string, options: AgentOptions): Running {
    return this.programs.startAgent(name, this.node(name), options);
  }

  /** Stops a node's agent; gives how it ended. */
  stopAgent(name: string, signal?: Deno.Signal): Promise<Deno.CommandStatus> {
    return this.programs.stop(name, signal);
  }

  /** Stops a node's agent and starts it again as it was. */
  restartAgent(name: string, signal?: Deno.Signal): Promise<Running> {
    return this.programs.restart(name, signal);
  }

  /** Starts the API server's bundle in its place. */
  startApiServer(options: AgentOptions): Running {
    return this.programs.startBundle("apiserver", this.control, options);
  }
}
