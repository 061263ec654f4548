/**
 * Cluster DNS names of Services, in the form of a hosts file.
 *
 * @module
 */

/** The domain of all names of the cluster. */
export const CLUSTER_DOMAIN = "cluster.local";

/** A Service's place in DNS. */
export interface DnsService {
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
  /** Cluster IP. */
  readonly clusterIp: string;
}

/** A hosts file with one line for each Service. */
export function hostsFile(services: readonly DnsService[]): string {
  return services
    .map(({ namespace, name, clusterIp }) =>
      `${clusterIp} ${name}.${namespace}.svc.${CLUSTER_DOMAIN}\n`
    )
    .sort()
    .join("");
}

/** The resolv.conf of a pod in a namespace. */
export function resolvConf(server: string, namespace: string): string {
  const domains = [
    `${namespace}.svc.${CLUSTER_DOMAIN}`,
    `svc.${CLUSTER_DOMAIN}`,
    CLUSTER_DOMAIN,
  ];
  return `nameserver ${server}\nsearch ${domains.join(" ")}\noptions ndots:5\n`;
}
