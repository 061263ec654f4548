/**
 * A node that kube-proxy's iptables mode serves, and clients of it.
 *
 * @module
 */

import {
  Api,
  CIDR_FLAGS,
  Cluster,
  type DialOptions,
  type Driver,
  type LoadOptions,
  type LoadResult,
  nodeObject,
  type Place,
  type Pod,
  publish,
  routesVia,
  sourcePortsOf,
  type Stream,
} from "../../guest/mod.ts";
import { loadOthers, type Scene, shell } from "../cleanup/scene.ts";
import { emptyChains, JUMPS, type OldPort, syncDocument } from "./rules.ts";

/** Ports of the node. */
const NODE_PORT = 30_080;
const LOCAL_NODE_PORT = 30_081;
const HEALTH_CHECK = 30_082;

/** Cluster IPs. */
export const VIPS = {
  web: "10.96.7.10",
  sticky: "10.96.7.11",
  empty: "10.96.7.12",
  local: "10.96.7.13",
} as const;
/** The load balancer's address of the Service with policy Local. */
export const BALANCER = "198.51.100.13";

/** Rules that a network plug-in has ahead of kube-proxy's in table nat. */
const HOST_PORTS = `*nat
:CNI-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-DNAT -p tcp -m tcp --dport 9999 -j DNAT --to-destination 10.32.1.99:99
COMMIT
`;

/** What the steps work with. */
export interface World {
  /** Cluster, API server and node. */
  readonly scene: Scene;
  /** A pod of the node. */
  readonly client: Pod;
  /** What kube-proxy knows. */
  readonly ports: readonly OldPort[];
}

/** Builds all of it; kube-proxy has not synced yet. */
export async function makeWorld(driver: Driver): Promise<World> {
  const cluster = await Cluster.create(driver);
  const node = await cluster.addNode("node-1");
  await cluster.addNode("node-2");
  const client = await cluster.addPod("node-1", "client");
  const pods = [
    await cluster.addPod("node-2", "db-1"),
    await cluster.addPod("node-2", "db-2"),
  ];
  // An endpoint in the host's network: its packets stay packets for the node.
  const inHost: Pod = { ...node, node, link: "" };
  for (const place of [...pods, inHost]) {
    await cluster.serve(place, { protocol: "tcp", port: 8080 });
    await cluster.serve(place, { protocol: "udp", port: 8080 });
  }
  // What it forwards by the way it came would use up what it may refuse.
  await cluster.sysctl(node, {
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.eth0.send_redirects": "0",
  });
  const script = ["sh", "-ec", routesVia(node)];
  const { code } = await cluster.exec(cluster.outside, script);
  if (code !== 0) throw new Error("Cannot route outside");
  await loadOthers(cluster, node);
  const api = await Api.start(cluster, CIDR_FLAGS);
  await api.create(nodeObject(node));
  const scene: Scene = {
    ...{ cluster, api, node },
    parameters: driver.config.parameters,
  };
  await shell(cluster, node, "iptables-legacy-restore --noflush", HOST_PORTS);
  await publishAll(api, pods, inHost);
  return { scene, client, ports: portsOf(scene, pods) };
}

/** What kube-proxy knows of the Services. */
function portsOf(
  { cluster, node }: Scene,
  pods: readonly Pod[],
): readonly OldPort[] {
  const all = pods.map(({ ipv4 }) => `${ipv4}:8080`);
  const here = `${node.ipv4}:8080`;
  const port = (
    name: keyof typeof VIPS,
    endpoints: readonly string[],
    rest: Partial<OldPort> = {},
  ): OldPort => ({
    ...{ name: `default/${name}:tcp`, protocol: "tcp", port: 80, endpoints },
    clusterIp: VIPS[name],
    ...rest,
  });
  return [
    {
      ...{ name: "default/kubernetes:https", protocol: "tcp", port: 443 },
      clusterIp: "10.96.0.1",
      endpoints: [`${cluster.control.ipv4}:6443`],
    },
    port("web", all, { nodePort: NODE_PORT }),
    port("web", all, {
      ...{ name: "default/web:udp", protocol: "udp", nodePort: NODE_PORT },
    }),
    port("sticky", all, { sticky: true }),
    port("empty", []),
    port("local", [here, ...all.slice(0, 1)], {
      ...{ local: [here], nodePort: LOCAL_NODE_PORT, balancer: BALANCER },
      healthCheck: HEALTH_CHECK,
    }),
  ];
}

async function publishAll(
  api: Api,
  pods: readonly Pod[],
  inHost: Pod,
): Promise<void> {
  const single = { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"] };
  const spec = (name: keyof typeof VIPS, type: string) => ({
    ...single,
    type,
    ...{ clusterIP: VIPS[name], clusterIPs: [VIPS[name]], externalIPs: [] },
  });
  await publish(api, {
    ...{ name: "web", number: 10, protocols: ["tcp", "udp"], balancer: [] },
    ...{ endpoints: pods, nodePort: NODE_PORT },
    spec: spec("web", "NodePort"),
  });
  await publish(api, {
    ...{ name: "sticky", number: 11, balancer: [], endpoints: pods },
    spec: {
      ...spec("sticky", "ClusterIP"),
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
    },
  });
  await publish(api, {
    ...{ name: "empty", number: 12, balancer: [], endpoints: [] },
    spec: spec("empty", "ClusterIP"),
  });
  await publish(api, {
    ...{ name: "local", number: 13, balancer: [BALANCER] },
    ...{ endpoints: [inHost, ...pods.slice(0, 1)], nodePort: LOCAL_NODE_PORT },
    spec: {
      ...spec("local", "LoadBalancer"),
      ...{ externalTrafficPolicy: "Local", healthCheckNodePort: HEALTH_CHECK },
    },
  });
}

/**
 * A sync of kube-proxy's: chains and jumps where they are missing, each jump
 * put first; then all rules at once. IPv6 has the same, without Services.
 */
export async function syncKubeProxy({ scene, ports }: World): Promise<void> {
  const { cluster, node } = scene;
  for (const program of ["iptables", "ip6tables"]) {
    const restore = `${program}-legacy-restore --noflush`;
    await shell(cluster, node, restore, emptyChains());
    const saved = await shell(cluster, node, `${program}-legacy-save`);
    const missing = JUMPS.filter(([, from, rule]) =>
      !saved.includes(`-A ${from} ${rule}\n`)
    );
    const document = ["nat", "filter"].map((table) =>
      `*${table}\n${
        missing.filter(([of]) => of === table)
          .map(([, from, rule]) => `-I ${from} 1 ${rule}\n`).join("")
      }COMMIT\n`
    ).join("");
    await shell(cluster, node, restore, document);
    const rules = await syncDocument(program === "iptables" ? ports : []);
    await shell(cluster, node, restore, rules);
  }
}

/** Loads and streams that go on until they are stopped. */
export class Traffic {
  readonly #loads = new Map<string, () => Promise<LoadResult>>();
  readonly #streams = new Map<string, Stream>();
  readonly #cluster: Cluster;

  /** Starts nothing yet. */
  constructor({ scene }: World) {
    this.#cluster = scene.cluster;
  }

  /** New connections to all that is served, from everywhere. */
  async everywhere({ scene, client }: World): Promise<void> {
    const { node } = scene;
    const sockets: DialOptions[] = [
      { address: VIPS.web, port: 80 },
      { address: VIPS.web, port: 80, protocol: "udp" },
      { address: VIPS.sticky, port: 80 },
      { address: node.ipv4, port: NODE_PORT },
      { address: BALANCER, port: 80 },
    ];
    for (const from of [this.#cluster.outside, client, node]) {
      for (const [n, to] of sockets.entries()) {
        await this.load(from, { ...to, sourcePorts: sourcePortsOf(n) });
      }
    }
    await this.stream(client, { address: VIPS.sticky, port: 80 });
    await this.stream(this.#cluster.outside, {
      address: node.ipv4,
      port: NODE_PORT,
    });
    await this.stream(node, { address: VIPS.web, port: 80 });
    await this.load(client, {
      ...{ address: VIPS.web, port: 80, protocol: "udp", sourcePort: 40_001 },
    });
  }

  /**
   * Connections of a pod to the load balancer's address, some of them by the
   * endpoint in the host's network: while both proxies' rules are there, such
   * a packet is translated and then meets IPVS with a firewall mark.
   */
  async balanced({ client }: World, when: string): Promise<void> {
    const to = { address: BALANCER, port: 80 };
    for (let at = 1; at <= 4; at++) {
      await this.stream(client, to, `${when}, ${at}`);
    }
  }

  /** One connection after the other. */
  async load(from: Place, to: LoadOptions): Promise<void> {
    const { protocol = "tcp", address, port, sourcePort = "any" } = to;
    const stop = await this.#cluster.load(from, {
      ...{ concurrency: 1, pauseMs: 150, timeoutMs: 5_000, ...to },
    });
    this.#loads.set(
      `${from.name} (${sourcePort}) to ${protocol} ${address}:${port}`,
      stop,
    );
  }

  /** One connection that carries data all the time. */
  async stream(from: Place, to: DialOptions, when = ""): Promise<void> {
    const stream = await this.#cluster.stream(from, { ...to, pauseMs: 100 });
    this.#streams.set(`${from.name} to ${to.address} ${when}`, stream);
  }

  /** Ends all; gives how many dials there were, and what went wrong. */
  async stop(): Promise<{ total: number; errors: readonly string[] }> {
    const errors: string[] = [];
    let total = 0;
    for (const [name, stop] of this.#loads) {
      const { total: dials, failures, slowestMs, examples } = await stop();
      total += dials;
      if (Object.keys(failures).length > 0 || dials < 20) {
        errors.push(
          `${name}: ${dials} dials, ${JSON.stringify(failures)} ` +
            JSON.stringify(examples.slice(0, 3)),
        );
      }
      // The first packet of a connection was lost, and sent again after 1 s.
      if (slowestMs > SLOW_MS) errors.push(`${name}: one took ${slowestMs} ms`);
    }
    for (const [name, stream] of this.#streams) {
      const { failure, answered, by, longestGapMs } = await stream.stop();
      if (failure !== undefined || answered < 20 || by.length !== 1) {
        errors.push(
          `stream ${name}: ${failure}, ${answered} answers by ${by}, ` +
            `longest gap ${longestGapMs} ms`,
        );
      }
    }
    return { total, errors };
  }
}

/** A guest of one CPU may be busy so long, with nothing lost. */
const SLOW_MS = 4_000;
