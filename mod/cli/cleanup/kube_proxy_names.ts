/**
 * What kube-proxy's ipvs and iptables modes make: it keeps no record, so that
 * its own names and its own words are all that proves a thing to be its own.
 *
 * @module
 */
import type { IpFamily } from "#model";

/** Its chains by table, those of ipvs mode and of iptables mode. */
export const KUBE_PROXY_CHAINS: ReadonlyMap<string, readonly string[]> =
  new Map([
    ["nat", [
      ...["KUBE-LOAD-BALANCER", "KUBE-NODE-PORT", "KUBE-SERVICES"],
      ...["KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-NODEPORTS"],
      "KUBE-PROXY-CANARY",
    ]],
    ["filter", [
      ...["KUBE-NODE-PORT", "KUBE-SOURCE-RANGES-FIREWALL", "KUBE-IPVS-FILTER"],
      ...["KUBE-IPVS-OUT-FILTER", "KUBE-FORWARD", "KUBE-PROXY-FIREWALL"],
      ...["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS"],
      "KUBE-PROXY-CANARY",
    ]],
    ["mangle", ["KUBE-PROXY-CANARY"]],
  ]);

/**
 * Chains of iptables mode for one port of a Service or one endpoint, in table
 * nat: 16 characters of base32 of a SHA-256.
 */
export const SERVICE_CHAIN = /^KUBE-(SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16}$/;

/** Chains that only iptables mode makes. */
export const IPTABLES_MODE_CHAIN =
  /^KUBE-(?:NODEPORTS|EXTERNAL-SERVICES|PROXY-CANARY|(?:SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16})$/;

type Jump = readonly [table: "nat" | "filter", from: string, rule: string];

function jump(comment: string, to: string): string {
  return `-m comment --comment "${comment}" -j ${to}`;
}

/** Jumps of iptables mode that only new connections take. */
function newOnly(from: string, comment: string, to: string): Jump {
  const rule = `-m conntrack --ctstate NEW ${jump(comment, to)}`;
  return ["filter", from, rule];
}

/** The rules of built-in chains that lead into its chains. */
export const KUBE_PROXY_JUMPS: readonly Jump[] = [
  ["nat", "OUTPUT", jump("kubernetes service portals", "KUBE-SERVICES")],
  ["nat", "PREROUTING", jump("kubernetes service portals", "KUBE-SERVICES")],
  [
    "nat",
    "POSTROUTING",
    jump("kubernetes postrouting rules", "KUBE-POSTROUTING"),
  ],
  ["filter", "FORWARD", jump("kubernetes forwarding rules", "KUBE-FORWARD")],
  ["filter", "INPUT", jump("kubernetes health check rules", "KUBE-NODE-PORT")],
  ["filter", "INPUT", jump("kube-proxy firewall rules", "KUBE-PROXY-FIREWALL")],
  [
    "filter",
    "FORWARD",
    jump("kube-proxy firewall rules", "KUBE-PROXY-FIREWALL"),
  ],
  [
    "filter",
    "INPUT",
    jump("kubernetes ipvs access filter", "KUBE-IPVS-FILTER"),
  ],
  [
    "filter",
    "OUTPUT",
    jump("kubernetes ipvs access filter", "KUBE-IPVS-OUT-FILTER"),
  ],
  [
    "filter",
    "INPUT",
    jump("kubernetes health check service ports", "KUBE-NODEPORTS"),
  ],
  ...["INPUT", "FORWARD", "OUTPUT"].flatMap((from) => [
    newOnly(from, "kubernetes service portals", "KUBE-SERVICES"),
    newOnly(
      from,
      "kubernetes externally-visible service portals",
      "KUBE-EXTERNAL-SERVICES",
    ),
    newOnly(from, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
  ]),
];

/** Types of its sets by their IPv4 names. */
const SET_TYPES: Readonly<Record<string, string>> = {
  "KUBE-LOOP-BACK": "hash:ip,port,ip",
  "KUBE-CLUSTER-IP": "hash:ip,port",
  "KUBE-EXTERNAL-IP": "hash:ip,port",
  "KUBE-EXTERNAL-IP-LOCAL": "hash:ip,port",
  "KUBE-LOAD-BALANCER": "hash:ip,port",
  "KUBE-LOAD-BALANCER-LOCAL": "hash:ip,port",
  "KUBE-LOAD-BALANCER-FW": "hash:ip,port",
  "KUBE-LOAD-BALANCER-SOURCE-IP": "hash:ip,port,ip",
  "KUBE-LOAD-BALANCER-SOURCE-CIDR": "hash:ip,port,net",
  "KUBE-NODE-PORT-TCP": "bitmap:port",
  "KUBE-NODE-PORT-UDP": "bitmap:port",
  "KUBE-NODE-PORT-LOCAL-TCP": "bitmap:port",
  "KUBE-NODE-PORT-LOCAL-UDP": "bitmap:port",
  "KUBE-NODE-PORT-SCTP-HASH": "hash:ip,port",
  "KUBE-NODE-PORT-LOCAL-SCTP-HASH": "hash:ip,port",
  "KUBE-HEALTH-CHECK-NODE-PORT": "bitmap:port",
  "KUBE-IPVS-IPS": "hash:ip",
};

/** Longest name of a set (ipset(8)); longer ones were cut. */
const LONGEST_NAME = 31;

/** The name that one of its sets has in a family. */
export function kubeProxySetName(name: string, family: IpFamily): string {
  return family === "ipv4"
    ? name
    : name.replace("KUBE-", "KUBE-6-").slice(0, LONGEST_NAME);
}

/** All its sets, both families: name to type, without options of size. */
export const KUBE_PROXY_SETS: ReadonlyMap<string, string> = new Map(
  (["ipv4", "ipv6"] as const).flatMap((family) =>
    Object.entries(SET_TYPES).map(([name, type]) =>
      [
        kubeProxySetName(name, family),
        type === "bitmap:port"
          ? "bitmap:port range 0-65535"
          : `${type} family ${family === "ipv4" ? "inet" : "inet6"}`,
      ] as const
    )
  ),
);
