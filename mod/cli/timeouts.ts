import type { Settings } from "./settings_types.ts";
import type { WantedSysctl } from "./sysctl_plan.ts";

/** How long IPVS remembers what is idle, s; they hold for the whole host. */
export interface IpvsTimeouts {
  /** Established TCP connections. */
  readonly tcp: number;
  /** TCP connections after a FIN. */
  readonly tcpFin: number;
  /** UDP. */
  readonly udp: number;
}

const TCP = "net.netfilter.nf_conntrack_tcp_timeout_established";
const UDP = "net.netfilter.nf_conntrack_udp_timeout_stream";

/** Timeouts of connection tracking that those of IPVS are held against. */
export const CONNTRACK_TIMEOUTS: readonly string[] = [TCP, UDP];

/** Those timeouts in seconds, of the ones that the kernel has. */
export function conntrackTimeouts(
  present: ReadonlyMap<string, string>,
): { tcp?: number; udp?: number } {
  const [tcp, udp] = [TCP, UDP].map((name) => present.get(name)?.trim());
  return {
    ...(tcp === undefined ? {} : { tcp: Number(tcp) }),
    ...(udp === undefined ? {} : { udp: Number(udp) }),
  };
}

/** Reads `ipvsadm --list --timeout`; undefined: it says something else. */
export function parseTimeouts(text: string): IpvsTimeouts | undefined {
  const match = /^Timeout \(tcp tcpfin udp\): (\d+) (\d+) (\d+)$/m.exec(text);
  if (match === null) return undefined;
  const [tcp = 0, tcpFin = 0, udp = 0] = match.slice(1).map(Number);
  return { tcp, tcpFin, udp };
}

/**
 * Timeouts of connection tracking that must not be shorter than those that
 * are asked of IPVS, where nobody has asked for one: the shorter one holds,
 * since a masqueraded flow that connection tracking has forgotten goes on
 * from another port.
 */
export function timeoutFloors(
  { ipvsTimeouts, conntrack }: Pick<Settings, "ipvsTimeouts" | "conntrack">,
): WantedSysctl[] {
  const rows: [name: string, ipvsMs: number, conntrackMs: number][] = [
    [TCP, ipvsTimeouts.tcpMs, conntrack.tcpEstablishedMs],
    [UDP, ipvsTimeouts.udpMs, conntrack.udpStreamMs],
  ];
  return rows.filter(([, ipvsMs, conntrackMs]) =>
    ipvsMs > 0 && conntrackMs === 0
  ).map(([name, ipvsMs]) => ({
    name,
    value: String(Math.ceil(ipvsMs / 1_000)),
    why: "connection tracking remembers a flow as long as IPVS does",
    isEssential: false,
    isFloor: true,
  }));
}

/**
 * Where connection tracking forgets sooner than IPVS, so that IPVS's timeout
 * has no effect on what is masqueraded.
 */
export function timeoutWarnings(
  ipvs: IpvsTimeouts,
  conntrack: ReadonlyMap<string, string>,
): string[] {
  const rows: [what: string, seconds: number, name: string, fix: string][] = [
    ["TCP", ipvs.tcp, TCP, "conntrack.tcpEstablishedTimeout"],
    ["UDP", ipvs.udp, UDP, "conntrack.udpStreamTimeout"],
  ];
  return rows.flatMap(([what, seconds, name, fix]) => {
    const text = conntrack.get(name)?.trim();
    if (text === undefined || Number(text) >= seconds) return [];
    return [
      `IPVS keeps idle ${what} for ${seconds} s, connection tracking for ` +
      `${text} s: the shorter one holds for what is masqueraded; raise ` +
      `${fix}, or lower the timeout of IPVS`,
    ];
  });
}
