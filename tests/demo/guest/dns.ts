/**
 * Cluster DNS: a real name server, dnsmasq, in a pod behind the Service
 * `kube-dns`.
 *
 * @module
 */

import type { Api, ApiObject, Cluster, Running } from "../../lab/guest/mod.ts";
import {
  CLUSTER_DOMAIN,
  type DnsService,
  hostsFile,
  resolvConf,
} from "./dns_records.ts";
import type { ServiceIdentity } from "./objects.ts";
import { Workload } from "./workload.ts";

/** The Service of cluster DNS. */
export const DNS_SERVICE: ServiceIdentity = {
  namespace: "kube-system",
  name: "kube-dns",
  clusterIp: "10.96.0.10",
  ports: [
    { name: "dns", protocol: "udp", port: 53 },
    { name: "dns-tcp", protocol: "tcp", port: 53 },
  ],
};

const HOSTS = "/run/cluster-dns-hosts";

/** Answers names of Services. */
export class ClusterDns {
  readonly #cluster: Cluster;
  readonly #api: Api;
  readonly #workload: Workload;
  #server: Running | undefined;

  /** Not started yet. */
  constructor(cluster: Cluster, api: Api) {
    this.#cluster = cluster;
    this.#api = api;
    this.#workload = new Workload(DNS_SERVICE, cluster, api);
  }

  /** Starts the server in a pod, its Service, and points all pods to it. */
  async start(node: string): Promise<void> {
    const conf = resolvConf(DNS_SERVICE.clusterIp, "default");
    await replaceFile("/etc/resolv.conf", conf);
    await replaceFile("/etc/nsswitch.conf", "hosts: files dns\n");
    await replaceFile("/etc/hosts", "127.0.0.1 localhost\n");
    const pod = await this.#workload.start(node, { silent: true });
    await this.#workload.publish();
    await this.refresh();
    this.#server = this.#cluster.start("dns", pod, [
      "/usr/sbin/dnsmasq",
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--log-facility=-",
      "--pid-file",
      "--user=root",
      "--no-resolv",
      "--no-hosts",
      `--addn-hosts=${HOSTS}`,
      `--local=/${CLUSTER_DOMAIN}/`,
    ]);
    // Before that, the signal to read the names again would end it.
    await this.#server.waitFor(/read \S+ - \d+ (names|addresses)/);
  }

  /** Takes the names from the API server's Services. */
  async refresh(): Promise<void> {
    const services = await this.#api.list("Service");
    await Deno.writeTextFile(HOSTS, hostsFile(services.map(dnsServiceOf)));
    if (this.#server !== undefined) Deno.kill(this.#server.pid, "SIGHUP");
  }
}

function dnsServiceOf(object: ApiObject): DnsService {
  const { metadata, spec } = object as {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: { readonly clusterIP: string };
  };
  return { ...metadata, clusterIp: spec.clusterIP };
}

/** Some machines have a link there that leads nowhere in the guest. */
async function replaceFile(path: string, text: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
  await Deno.writeTextFile(path, text);
}
