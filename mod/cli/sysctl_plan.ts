import type { Settings } from "./settings_types.ts";
import { timeoutFloors } from "./timeouts.ts";

/** A kernel setting that the agent wants. */
export interface WantedSysctl {
  /** Name with dots. */
  readonly name: string;
  /** Value wanted. */
  readonly value: string;
  /** Why. */
  readonly why: string;
  /** Without it some Services do not work. */
  readonly isEssential: boolean;
  /** What happens without it, of those that are essential. */
  readonly without?: string;
  /** A value above this one is left as it is. */
  readonly isFloor?: boolean;
  /** The value wanted, where it depends on the one that is there. */
  readonly adapt?: (present: string) => string;
}

/** What the host is, as far as its settings depend on it. */
export interface HostFacts {
  /** Release of the kernel: "6.1.0-18-amd64". */
  readonly kernelRelease: string;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Whether the host has IPv6. */
  readonly hasIpv6: boolean;
}

/** Whether a kernel release is at least `major.minor`; unknown ones are. */
export function isKernelAtLeast(
  release: string,
  major: number,
  minor: number,
): boolean {
  const match = /^(\d+)\.(\d+)/.exec(release);
  if (match === null) return true;
  const found = Number(match[1]) * 1_000 + Number(match[2]);
  return found >= major * 1_000 + minor;
}

type Row = readonly [name: string, value: string | number, why: string];

function toWanted(rows: readonly Row[]): WantedSysctl[] {
  return rows.map(([name, value, why]) => ({
    name,
    value: String(value),
    why,
    isEssential: false,
  }));
}

const ESSENTIAL: readonly WantedSysctl[] = [
  {
    name: "net.ipv4.vs.conntrack",
    value: "1",
    why: "IPVS connections can be masqueraded",
    isEssential: true,
    without: "Services are out of reach where their packets are masqueraded: " +
      "from this node, from outside, from a pod to itself",
  },
  {
    name: "net.ipv4.ip_forward",
    value: "1",
    why: "packets are forwarded to pods",
    isEssential: true,
    without: "pods of other nodes are out of reach",
  },
];

function planIpvs(kernelRelease: string): WantedSysctl[] {
  const rows: Row[] = [
    [
      "net.ipv4.vs.expire_nodest_conn",
      1,
      "connections to an endpoint that is gone end at once",
    ],
    [
      "net.ipv4.vs.expire_quiescent_template",
      1,
      "affinity does not hold on to an endpoint that ends",
    ],
  ];
  if (isKernelAtLeast(kernelRelease, 5, 9)) {
    rows.push([
      "net.ipv4.vs.conn_reuse_mode",
      1,
      "a source port that is used again is scheduled anew (Linux 5.9 and later)",
    ]);
  } else if (isKernelAtLeast(kernelRelease, 4, 1)) {
    rows.push([
      "net.ipv4.vs.conn_reuse_mode",
      0,
      "a source port that is used again is not delayed by 1 s (before Linux 5.9)",
    ]);
  }
  return toWanted(rows);
}

function planForwarding(facts: HostFacts): WantedSysctl[] {
  const rows: Row[] = [
    [
      "net.bridge.bridge-nf-call-iptables",
      1,
      "pods on the same bridge get their answers through IPVS",
    ],
  ];
  if (facts.hasIpv6) {
    rows.push(
      ["net.ipv6.conf.all.forwarding", 1, "packets are forwarded to pods"],
      [
        "net.bridge.bridge-nf-call-ip6tables",
        1,
        "pods on the same bridge get their answers through IPVS",
      ],
    );
  }
  return [...ESSENTIAL, ...toWanted(rows)];
}

function planArp(): WantedSysctl[] {
  return toWanted([
    [
      "net.ipv4.conf.all.arp_ignore",
      1,
      "no ARP answer for addresses of Services",
    ],
    [
      "net.ipv4.conf.all.arp_announce",
      2,
      "no ARP question from addresses of Services",
    ],
  ]);
}

/** Most connection tracking entries that are asked for, as in kube-proxy. */
const MAX_CONNTRACK = 1_048_576;

function planConntrack(
  conntrack: Settings["conntrack"],
  cpus: number,
): WantedSysctl[] {
  const scaled = conntrack.maxPerCore * cpus;
  const most = Math.min(MAX_CONNTRACK, Math.max(scaled, conntrack.min));
  const max = conntrack.maxPerCore === 0 ? 0 : most;
  const why = "as conntrack.* of the configuration says";
  const floors: Row[] = max === 0 ? [] : [
    ["net.netfilter.nf_conntrack_buckets", Math.floor(max / 4), why],
    ["net.netfilter.nf_conntrack_max", max, why],
  ];
  const seconds: Row[] = [
    ["tcp_timeout_established", conntrack.tcpEstablishedMs, why],
    ["tcp_timeout_close_wait", conntrack.tcpCloseWaitMs, why],
    ["udp_timeout", conntrack.udpMs, why],
    ["udp_timeout_stream", conntrack.udpStreamMs, why],
  ];
  const rows = seconds.filter(([, ms]) => Number(ms) > 0).map((
    [name, ms],
  ): Row => [
    `net.netfilter.nf_conntrack_${name}`,
    Math.floor(Number(ms) / 1_000),
    why,
  ]);
  if (conntrack.tcpBeLiberal) {
    rows.push(["net.netfilter.nf_conntrack_tcp_be_liberal", 1, why]);
  }
  return [
    ...toWanted(floors).map((one) => ({ ...one, isFloor: true })),
    ...toWanted(rows),
  ];
}

/** Type of ICMP's "destination unreachable". */
const UNREACHABLE = { ipv4: 3, ipv6: 1 } as const;
/** Type of ICMPv6's "parameter problem", which refuses SCTP. */
const PARAMETER_PROBLEM = 4;

/**
 * A Service without endpoints refuses UDP and SCTP by ICMP, which the kernel
 * limits to six and then one a second for each client; TCP gets RST.
 */
function planRefusals(): WantedSysctl[] {
  const why = "Services without endpoints refuse every time, not six times";
  return [
    {
      name: "net.ipv4.icmp_ratemask",
      value: "6160",
      adapt: (now) => String(Number(now) & ~(1 << UNREACHABLE.ipv4)),
      why,
      isEssential: false,
    },
    {
      name: "net.ipv6.icmp.ratemask",
      value: "0,3,5-127",
      adapt: (now) =>
        withoutType(withoutType(now, UNREACHABLE.ipv6), PARAMETER_PROBLEM),
      why,
      isEssential: false,
    },
  ];
}

/** A list of numbers and ranges ("0-1,3-127") without one of them. */
function withoutType(list: string, type: number): string {
  return list.split(",").flatMap((part) => {
    const [from = NaN, to = from] = part.split("-").map(Number);
    if (!(from <= type && type <= to)) return [part];
    const before = from < type ? [formatRange(from, type - 1)] : [];
    const after = type < to ? [formatRange(type + 1, to)] : [];
    return [...before, ...after];
  }).join(",");
}

function formatRange(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** All kernel settings that are wanted; those a kernel lacks are left out later. */
export function planSysctls(
  settings: Pick<
    Settings,
    "conntrack" | "strictArp" | "compat" | "ipvsTimeouts"
  >,
  facts: HostFacts,
): readonly WantedSysctl[] {
  return [
    ...planForwarding(facts),
    ...planIpvs(facts.kernelRelease),
    ...(settings.strictArp ? planArp() : []),
    ...(settings.compat ? [] : planRefusals()),
    ...planConntrack(settings.conntrack, facts.cpus),
    ...(settings.compat ? [] : timeoutFloors(settings)),
  ];
}

/** Those that the host has and that differ from what is wanted. */
export function changedSysctls(
  wanted: readonly WantedSysctl[],
  present: ReadonlyMap<string, string>,
): readonly WantedSysctl[] {
  return wanted.flatMap((one) => {
    const now = present.get(one.name)?.trim();
    if (now === undefined) return [];
    const value = one.adapt?.(now) ?? one.value;
    const isGood = one.isFloor ? Number(now) >= Number(value) : now === value;
    return isGood ? [] : [{ ...one, value }];
  });
}
