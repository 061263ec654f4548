import type { Argv } from "#apply";

/** A program that the agent runs. */
export interface RequiredTool {
  /** Its name. */
  readonly name: string;
  /** Prints its version and changes nothing. */
  readonly version: Argv;
  /** Package that has it, on Debian, Fedora, SUSE and Arch alike if not said. */
  readonly package: string;
  /** What it is needed for. */
  readonly purpose: string;
}

/** Programs that must be there. */
export const REQUIRED_TOOLS: readonly RequiredTool[] = [
  {
    name: "ipvsadm",
    version: ["ipvsadm", "--version"],
    package: "ipvsadm",
    purpose: "virtual servers",
  },
  {
    name: "ipset",
    version: ["ipset", "--version"],
    package: "ipset",
    purpose: "sets of addresses",
  },
  {
    name: "iptables-save",
    version: ["iptables-save", "--version"],
    package: "iptables",
    purpose: "masquerade and filter rules",
  },
  {
    name: "ip",
    version: ["ip", "-V"],
    package: "iproute2",
    purpose: "addresses of Services",
  },
  {
    name: "conntrack",
    version: ["conntrack", "--version"],
    package: "conntrack (conntrack-tools on Fedora, SUSE and Arch)",
    purpose: "ending stale UDP flows",
  },
  {
    name: "sysctl",
    version: ["sysctl", "--version"],
    package: "procps",
    purpose: "kernel settings",
  },
  {
    name: "modprobe",
    version: ["modprobe", "--version"],
    package: "kmod",
    purpose: "kernel modules",
  },
];

/** A kernel module that the agent needs. */
export interface RequiredModule {
  /** Its name. */
  readonly name: string;
  /** What it is needed for. */
  readonly purpose: string;
}

const MODULES: readonly (readonly [string, string])[] = [
  ["ip_vs", "virtual servers"],
  ["nf_conntrack", "connection tracking"],
  ["dummy", "the device that carries the addresses of Services"],
  ["ip_set", "sets"],
  ["ip_set_hash_ip", "sets of addresses"],
  ["ip_set_hash_ipport", "sets of addresses and ports"],
  ["ip_set_hash_ipportnet", "sets of allowed source ranges"],
  ["ip_set_bitmap_port", "sets of ports"],
  ["xt_set", "rules that ask sets"],
  ["xt_comment", "rules with a comment"],
  ["xt_conntrack", "rules that ask connection tracking"],
  ["xt_mark", "rules that mark packets"],
  ["xt_addrtype", "rules that ask whether an address is local"],
  ["xt_bpf", "rules that find a pod that reaches itself"],
  ["xt_MASQUERADE", "masquerading"],
];

/** Modules that are needed with this scheduler. */
export function requiredModules(scheduler: string): readonly RequiredModule[] {
  const rows = MODULES.map(([name, purpose]) => ({ name, purpose }));
  const own = { name: `ip_vs_${scheduler}`, purpose: `scheduler ${scheduler}` };
  return [...rows.slice(0, 1), own, ...rows.slice(1)];
}

/** Modules that are used where the kernel has them. */
export const WANTED_MODULES: readonly RequiredModule[] = [
  {
    name: "br_netfilter",
    purpose: "pods on the same Linux bridge reach each other by Services",
  },
];
