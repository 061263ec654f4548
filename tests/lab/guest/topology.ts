/**
 * How the cluster's namespaces, links, addresses and routes are made; each
 * function runs few processes, since a process is dear in the guest.
 *
 * @module
 */

import { ip, must, type Place } from "./process.ts";
import type { Prober } from "./prober.ts";

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

/** What is needed to make places. */
export interface Ground {
  /** Writes settings without a process. */
  readonly prober: Prober;
  /** A link name that was never used. */
  newLink(): string;
}

/**
 * Settings of every namespace: addresses are usable at once, and a packet to a
 * VIP that is not there yet does not teach its sender another way for minutes.
 */
export const QUICK: Readonly<Record<string, string>> = {
  "net.ipv4.conf.all.accept_redirects": "0",
  "net.ipv4.conf.default.accept_redirects": "0",
  "net.ipv6.conf.all.accept_redirects": "0",
  "net.ipv6.conf.default.accept_redirects": "0",
  "net.ipv6.conf.all.accept_dad": "0",
  "net.ipv6.conf.default.accept_dad": "0",
  "net.ipv6.conf.default.accept_ra": "0",
};

/** Settings of a node before any agent comes. */
export const FORWARDING: Readonly<Record<string, string>> = {
  ...QUICK,
  "net.ipv4.ip_forward": "1",
  "net.ipv6.conf.all.forwarding": "1",
  "net.ipv4.conf.all.rp_filter": "0",
  "net.ipv4.conf.default.rp_filter": "0",
};

const FABRIC4 = "192.168.50";
const FABRIC6 = "fd00:50:";
const ROUTER = 254;

/** A place on the fabric. */
export function fabricPlace(name: string, host: number): Place {
  return { name, ipv4: `${FABRIC4}.${host}`, ipv6: `${FABRIC6}:${host}` };
}

/** A node's names and addresses. */
export function nodePlace(
  name: string,
  index: number,
  subnet: number,
): ClusterNode {
  return {
    ...fabricPlace(name, index),
    index,
    mounts: `/lab/mounts/${name}`,
    podCidr4: `10.32.${subnet}.0/24`,
    podCidr6: `fd00:32:${subnet}::/64`,
  };
}

/**
 * A bridge without an address of its own has the lowest of its ports': it
 * would change when a pod comes or goes, and neighbours would send to the old
 * one for half a minute. Network plug-ins set it for that reason.
 */
const BRIDGE_ADDRESS = "02:00:00:00:00:01";

/** Makes the bridge that all nodes are on. */
export async function makeFabric(): Promise<void> {
  await ip(undefined, [
    `link add fabric address ${BRIDGE_ADDRESS} type bridge`,
    `addr add ${FABRIC4}.${ROUTER}/24 dev fabric`,
    `addr add ${FABRIC6}:${ROUTER}/64 dev fabric nodad`,
    "link set fabric up",
  ]);
}

/** Puts places on the fabric, with a default route. */
export async function attach(
  { prober, newLink }: Ground,
  places: readonly Place[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await ip(undefined, places.map(({ name }) => `netns add ${name}`));
  for (const { name } of places) await prober.sysctl(name, settings);
  await ip(
    undefined,
    places.flatMap(({ name }) => {
      const link = newLink();
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

/** Makes a node's pod bridge, its routes to other nodes and its mounts. */
export async function makeNode(
  node: ClusterNode,
  others: Iterable<ClusterNode>,
): Promise<void> {
  await ip(node, [
    `link add cni0 address ${BRIDGE_ADDRESS} type bridge`,
    `addr add ${gateway(node.podCidr4)}/24 dev cni0`,
    `addr add ${gateway(node.podCidr6)}/64 dev cni0 nodad`,
    "link set cni0 up",
    ...[...others].flatMap(routesTo),
  ]);
  await must(undefined, ["sh", "-c", MOUNTS, "sh", node.name]);
}

/** Makes a pod's namespace and its link to the node's bridge. */
export async function makePod(prober: Prober, pod: Pod): Promise<void> {
  const { name, node, link } = pod;
  await ip(undefined, [`netns add ${name}`]);
  await prober.sysctl(name, QUICK);
  await ip(undefined, [
    `link add name ${link} netns ${node.name} type veth peer name eth0 netns ${name}`,
  ]);
  await ip(node, [
    `link set ${link} master cni0 up`,
    // As the bridge plug-in's hairpinMode: a pod may reach itself by a Service.
    `link set ${link} type bridge_slave hairpin on`,
  ]);
  await ip(pod, [
    "link set lo up",
    `addr add ${pod.ipv4}/24 dev eth0`,
    `addr add ${pod.ipv6}/64 dev eth0 nodad`,
    "link set eth0 up",
    `route add default via ${gateway(node.podCidr4)}`,
    `route add default via ${gateway(node.podCidr6)}`,
  ]);
}

/** The host-numbered address of a pod CIDR. */
export function podAddress(cidr: string, host: number): string {
  return cidr.includes(":")
    ? cidr.replace(/\/64$/, String(host))
    : cidr.replace(/0\/24$/, String(host));
}

function gateway(cidr: string): string {
  return podAddress(cidr, 1);
}

/** What other places need to reach a node's pods. */
export function routesTo(node: ClusterNode): string[] {
  return [
    `route add ${node.podCidr4} via ${node.ipv4}`,
    `route add ${node.podCidr6} via ${node.ipv6}`,
  ];
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
