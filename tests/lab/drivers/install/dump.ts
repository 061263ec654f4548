/**
 * What a node is, as far as an installation could change it.
 *
 * @module
 */
import { must } from "./node.ts";

/** Read without tools: before the installation there are none. */
const PARTS: Readonly<Record<string, string>> = {
  units: "systemctl list-unit-files --no-legend --no-pager | " +
    "grep -v lab-driver | grep -v '^procps\\|^ipvsadm\\|^systemd-sysctl' | " +
    "grep kube || true",
  files: "ls -d /usr/local/bin/* /usr/local/lib/* /var/lib/kube* /run/kube* " +
    "/etc/modules-load.d/* /etc/tmpfiles.d/* /etc/systemd/network/* " +
    "/etc/systemd/system/kube* /etc/systemd/system/*.wants/kube* " +
    "2>/dev/null || true",
  kernel: "ls /sys/class/net | grep -v '^pod0$'; " +
    "cat /proc/net/ip_vs 2>/dev/null | tail -n +4",
  addresses: "grep -o '[0-9.]* */*[0-9]* host.*\\|-- [0-9.]*' " +
    "/proc/net/fib_trie | sort -u",
  sysctls: "for name in ipv4/conf/all/arp_ignore ipv4/conf/all/arp_announce " +
    "ipv4/icmp_ratemask ipv6/icmp/ratemask netfilter/nf_conntrack_max; do " +
    'echo "$name $(cat /proc/sys/net/$name 2>/dev/null)"; done',
};

/** Read with tools: all that the kernel has, without its counters. */
const PARTS_BY_TOOLS: Readonly<Record<string, string>> = {
  ipvs: "ipvsadm -Sn",
  sets: "ipset save",
  rules: "{ iptables-legacy-save; ip6tables-legacy-save; } | " +
    "grep -v '^#' | sed 's/ \\[[0-9:]*\\]$//'",
  links: "ip -o addr; ip route show table all; ip -6 route show table all",
  settings: "sysctl -a -r '^net' 2>/dev/null | grep -v 'nf_conntrack_count'",
  units: "systemctl list-unit-files --no-legend --no-pager",
  files: PARTS["files"] ?? "",
};

/** Dumps it, by part, without any tool. */
export async function dumpNode(): Promise<Map<string, string>> {
  return await dump(PARTS);
}

/** Dumps more of it where the tools are. */
export async function dumpByTools(): Promise<Map<string, string>> {
  return await dump(PARTS_BY_TOOLS);
}

async function dump(
  parts: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const dump = new Map<string, string>();
  for (const [part, line] of Object.entries(parts)) {
    // Not trimmed at its end: a setting that is not there has no value.
    dump.set(part, (await must(`${line}; echo .`)).slice(0, -1));
  }
  return dump;
}
