/**
 * What kube-proxy's ipvs mode makes for the Services of this test, beside what
 * was recorded of it.
 *
 * @module
 */

import type { Pod } from "../../guest/mod.ts";
import { type Scene, shell } from "../cleanup/scene.ts";

/** A Service as kube-proxy serves it. */
export interface OldService {
  /** Its cluster IP. */
  readonly address: string;
  /** Options of its virtual server: "-s rr". */
  readonly options: string;
  /** Addresses of its real servers, in kube-proxy's order. */
  readonly realServers: readonly string[];
}

/** Port of the node that kube-proxy serves too. */
export const NODE_PORT = 30_080;

const MASQUERADE_NODE_PORTS =
  '-A KUBE-NODE-PORT -p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" ' +
  "-m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ\n";

/** kube-proxy's tables for these Services and the recorded ones. */
export class OldTables {
  readonly #scene: Scene;
  readonly #sets: string;
  readonly #servers: string;
  readonly #rules: string;

  constructor(scene: Scene, services: readonly OldService[], pods: Pod[]) {
    this.#scene = scene;
    const { nat = "", filter = "", sets = "", servers = "" } = scene.parameters;
    const port = `${scene.node.ipv4}:${NODE_PORT}`;
    const frontends = [
      ...services.map(({ address, ...rest }) => ({
        ...rest,
        socket: `${address}:80`,
      })),
      {
        socket: port,
        options: "-s rr",
        realServers: services[0]?.realServers ?? [],
      },
    ];
    this.#servers = servers +
      frontends.map((one) =>
        `-A -t ${one.socket} ${one.options}\n` +
        one.realServers.map((ip) =>
          `-a -t ${one.socket} -r ${ip}:8080 -m -w 1\n`
        ).join("")
      ).join("");
    this.#sets = sets + [
      ...services.flatMap(({ address }) => [
        `add KUBE-CLUSTER-IP ${address},tcp:80`,
        `add KUBE-IPVS-IPS ${address}`,
      ]),
      `add KUBE-NODE-PORT-TCP ${NODE_PORT}`,
      ...pods.map(({ ipv4 }) => `add KUBE-LOOP-BACK ${ipv4},tcp:8080,${ipv4}`),
    ].map((line) => `${line}\n`).join("");
    this.#rules = nat.replace("COMMIT", `${MASQUERADE_NODE_PORTS}COMMIT`) +
      filter;
  }

  /** As a sync of kube-proxy's: it makes what is missing, edits what differs. */
  async sync(): Promise<void> {
    const { cluster, node } = this.#scene;
    const addresses = [...this.#servers.matchAll(/^-A -t ([\d.]+):\d+ /gm)]
      .filter(([, ip]) => ip !== node.ipv4)
      .map(([, ip]) => `addr replace ${ip}/32 dev kube-ipvs0\n`).join("");
    const edits = this.#servers.replace(
      /^-A .*/gm,
      (line) => line.replace("-A", "-E"),
    ).replace(/^-a .*\n/gm, "");
    // What is there already is refused, and that is well.
    await this.#run("ipset restore -exist", this.#sets);
    await this.#run("ipvsadm --restore || true", this.#servers);
    // As kube-proxy does it: no new connections first, and then it goes.
    const strange = await this.#strange();
    const quiet = strange.map((server) => `-e ${server} -m -w 0\n`);
    await this.#run("ipvsadm --restore", edits + quiet.join(""));
    await this.#run(
      "ip link add kube-ipvs0 type dummy 2>/dev/null; ip -batch -",
      addresses,
    );
    await this.#run("iptables-legacy-restore --noflush", this.#rules);
    await cluster.sysctl(node, { "net.ipv4.vs.conntrack": "1" });
    const gone = strange.map((server) => `-d ${server}\n`);
    await this.#run("ipvsadm --restore", gone.join(""));
  }

  /** Real servers of its virtual servers that it does not want. */
  async #strange(): Promise<string[]> {
    const wanted = new Set(this.#servers.split("\n"));
    const keys = new Set(this.#servers.match(/^-A -t \S+/gm));
    const saved = await this.#run("ipvsadm -Sn", "");
    return saved.split("\n").flatMap((line) => {
      const [, key, server] = /^-a (-t \S+) -r (\S+) /.exec(line) ?? [];
      const isOdd = keys.has(`-A ${key}`) && !wanted.has(line);
      return isOdd ? [`${key} -r ${server}`] : [];
    });
  }

  #run(script: string, stdin: string): Promise<string> {
    const { cluster, node } = this.#scene;
    return shell(cluster, node, script, stdin);
  }
}
