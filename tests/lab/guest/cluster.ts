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
  Running,
} from "./process.ts";
import {
  type Connection,
  type DialOptions,
  type DialResult,
  type LoadOptions,
  type LoadResult,
  Prober,
  type ServeOptions,
} from "./prober.ts";
import { observe, type ObservedNode } from "./observation.ts";

/** A node. */
export interface ClusterNode extends Place {
  /** The N of its addresses. */
  readonly index: number;
  /** Its pods' IPv4 addresses. */
  readonly podCidr4: string;
  /** Its pods' IPv6 addresses. */
  readonly podCidr6: string;
}

/** A pod. */
export interface Pod extends Place {
  /** The node it runs on. */
  readonly node: ClusterNode;
  /** The node's end of its link. */
  readonly link: string;
}

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

/** Which agent to start, and how. */
export interface AgentOptions {
  /** Name of its bundle, as the host gave it. */
  readonly program: string;
  /** Its parameters. */
  readonly parameters?: readonly string[];
  /** Deno's permission flags. */
  readonly permissions?: readonly string[];
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Settings of every namespace: addresses are usable at once. */
const QUICK: Readonly<Record<string, string>> = {
  "net.ipv6.conf.all.accept_dad": "0",
  "net.ipv6.conf.default.accept_dad": "0",
  "net.ipv6.conf.default.accept_ra": "0",
};

/** Settings of a node before any agent comes. */
const FORWARDING: Readonly<Record<string, string>> = {
  ...QUICK,
  "net.ipv4.ip_forward": "1",
  "net.ipv6.conf.all.forwarding": "1",
  "net.ipv4.conf.all.rp_filter": "0",
  "net.ipv4.conf.default.rp_filter": "0",
};

const FABRIC4 = "192.168.50";
const FABRIC6 = "fd00:50:";
const ROUTER = 254;
const FIRST_POD_HOST = 2;
const LOG_SHOWN = 40;

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
  /** Programs that were started, by what they were called. */
  readonly programs = new Map<string, Running>();
  readonly #driver: Driver;
  readonly #prober: Prober;
  readonly #agents = new Map<string, AgentOptions>();
  readonly #nextHost = new Map<string, number>();
  #nextNode = 1;
  #nextLink = 1;

  /** Only `Cluster.create` makes one. */
  private constructor(driver: Driver) {
    this.#driver = driver;
    this.#prober = new Prober(`${driver.config.guestFolder}prober.py`);
    driver.onFailure(() => this.#logs());
  }

  /** Makes the fabric, the outside client and the API server's place. */
  static async create(driver: Driver): Promise<Cluster> {
    const cluster = new Cluster(driver);
    await must(undefined, ["modprobe", "-a", "bridge", "veth", "nf_conntrack"]);
    await cluster.sysctl(undefined, {
      ...QUICK,
      "net.netfilter.nf_conntrack_max": "262144",
    });
    await ip(undefined, [
      "link add fabric type bridge",
      `addr add ${FABRIC4}.${ROUTER}/24 dev fabric`,
      `addr add ${FABRIC6}:${ROUTER}/64 dev fabric nodad`,
      "link set fabric up",
    ]);
    await cluster.#attach([cluster.outside, cluster.control], QUICK);
    return cluster;
  }

  /** Puts places on the fabric, with a default route. */
  async #attach(
    places: readonly Place[],
    settings: Readonly<Record<string, string>>,
  ): Promise<void> {
    await ip(undefined, places.map(({ name }) => `netns add ${name}`));
    for (const { name } of places) {
      await this.#prober.sysctl(name, settings);
    }
    await ip(
      undefined,
      places.flatMap(({ name }) => {
        const link = `f${this.#nextLink++}`;
        return [
          `link add name ${link} type veth peer name eth0 netns ${name}`,
          `link set ${link} master fabric up`,
        ];
      }),
    );
    for (const place of places) {
      await ip(place, [
        "link set lo up",
        `addr add ${place.ipv4}/24 dev eth0`,
        `addr add ${place.ipv6}/64 dev eth0 nodad`,
        "link set eth0 up",
        `route add default via ${FABRIC4}.${ROUTER}`,
        `route add default via ${FABRIC6}:${ROUTER}`,
      ]);
    }
  }

  /** Adds a node: namespaces of its own, pod bridge, routes to the others. */
  async addNode(name: string, options: NodeOptions = {}): Promise<ClusterNode> {
    const index = this.#nextNode++;
    const subnet = options.podSubnet ?? index;
    const node: ClusterNode = {
      ...fabricPlace(name, index),
      index,
      mounts: `/lab/mounts/${name}`,
      podCidr4: `10.32.${subnet}.0/24`,
      podCidr6: `fd00:32:${subnet}::/64`,
    };
    await this.#attach([node], FORWARDING);
    await ip(node, [
      "link add cni0 type bridge",
      `addr add 10.32.${subnet}.1/24 dev cni0`,
      `addr add fd00:32:${subnet}::1/64 dev cni0 nodad`,
      "link set cni0 up",
      ...[...this.nodes.values()].flatMap(routesTo),
    ]);
    for (const other of [...this.nodes.values(), this.outside, this.control]) {
      await ip(other, routesTo(node));
    }
    await must(undefined, ["sh", "-c", MOUNTS, "sh", name]);
    this.nodes.set(name, node);
    return node;
  }

  /** Removes a node with all that runs on it. */
  async removeNode(name: string): Promise<void> {
    const node = this.node(name);
    if (this.programs.has(name)) await this.stopAgent(name, "SIGKILL");
    for (const pod of this.pods.values()) {
      if (pod.node === node) await this.deletePod(pod.name);
    }
    this.nodes.delete(name);
    await this.#prober.unserveAll(name);
    await this.#prober.leave(name);
    await must(undefined, ["umount", `/lab/mounts/${name}`]);
    await ip(undefined, [`netns del ${name}`]);
    for (const other of [...this.nodes.values(), this.outside, this.control]) {
      await ip(other, routesTo(node).map((line) => line.replace("add", "del")));
    }
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
    const net4 = node.podCidr4.replace("0/24", "");
    const net6 = node.podCidr6.replace("/64", "");
    const pod: Pod = {
      name,
      node,
      link: `v${this.#nextLink++}`,
      ipv4: `${net4}${host}`,
      ipv6: `${net6}${host}`,
    };
    await ip(undefined, [`netns add ${name}`]);
    await this.#prober.sysctl(name, QUICK);
    await ip(undefined, [
      `link add name ${pod.link} netns ${nodeName} type veth peer name eth0 netns ${name}`,
    ]);
    await ip(node, [`link set ${pod.link} master cni0 up`]);
    await ip(pod, [
      "link set lo up",
      `addr add ${pod.ipv4}/24 dev eth0`,
      `addr add ${pod.ipv6}/64 dev eth0 nodad`,
      "link set eth0 up",
      `route add default via ${net4}1`,
      `route add default via ${net6}1`,
    ]);
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
    const program = new Running(place, argv, env);
    this.programs.set(called, program);
    return program;
  }

  /** Starts a node's agent, or another bundle, with least permissions. */
  startAgent(name: string, options: AgentOptions): Running {
    const running = this.programs.get(name);
    if (running !== undefined && running.ended === undefined) {
      throw new Error(`Cannot start the agent of "${name}": one is running`);
    }
    this.#agents.set(name, options);
    const argv = this.bundleCommand(options);
    return this.start(name, this.node(name), argv, {
      DENO_DIR: "/run/deno",
      ...options.env,
    });
  }

  /** Stops a node's agent; gives how it ended. */
  async stopAgent(
    name: string,
    signal: Deno.Signal = "SIGTERM",
  ): Promise<Deno.CommandStatus> {
    const running = this.programs.get(name);
    if (running === undefined) {
      throw new Error(`Cannot stop the agent of "${name}": none was started`);
    }
    return await running.stop(signal);
  }

  /** Stops a node's agent and starts it again as it was. */
  async restartAgent(name: string, signal?: Deno.Signal): Promise<Running> {
    await this.stopAgent(name, signal);
    const options = this.#agents.get(name);
    if (options === undefined) {
      throw new Error(
        `Cannot restart the agent of "${name}": none was started`,
      );
    }
    return this.startAgent(name, options);
  }

  /** Starts the API server's bundle in its place. */
  startApiServer(options: AgentOptions): Running {
    return this.start("apiserver", this.control, this.bundleCommand(options), {
      DENO_DIR: "/run/deno-control",
      ...options.env,
    });
  }

  /** The command that runs a bundle with its permissions. */
  bundleCommand(options: AgentOptions): string[] {
    const { bundles } = this.#driver.config;
    const bundle = bundles[options.program];
    if (bundle === undefined) {
      throw new Error(`Cannot start "${options.program}": no such bundle`);
    }
    const { permissions = [], parameters = [] } = options;
    const fixed = ["--quiet", "--no-prompt", "--no-config", "--no-lock"];
    const deno = ["/lab/bin/deno", "run", ...fixed];
    return [...deno, ...permissions, bundle, ...parameters];
  }

  #logs(): string[] {
    return [...this.programs].flatMap(([called, { log, ended }]) => [
      `--- ${called}${ended ? `, ended with ${ended.code}` : ""}, last lines`,
      ...log.slice(-LOG_SHOWN),
    ]);
  }
}

/** A node's own /run and /sys, in a mount namespace kept by a file. */
const MOUNTS = `set -e
mkdir -p /lab/mounts
mountpoint -q /lab/mounts || {
  mount -t tmpfs tmpfs /lab/mounts
  mount --make-private /lab/mounts
}
touch "/lab/mounts/$1"
exec nsenter --net="/run/netns/$1" unshare --mount="/lab/mounts/$1" sh -c '
  mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys'`;

function fabricPlace(name: string, host: number): Place {
  return { name, ipv4: `${FABRIC4}.${host}`, ipv6: `${FABRIC6}:${host}` };
}

function routesTo(node: ClusterNode): string[] {
  return [
    `route add ${node.podCidr4} via ${node.ipv4}`,
    `route add ${node.podCidr6} via ${node.ipv6}`,
  ];
}
