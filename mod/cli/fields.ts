import { SCHEDULERS } from "#model";
import {
  ANYTHING,
  BIND,
  BOOLEAN,
  choice,
  DURATION,
  integer,
  IP,
  isCidr,
  listOf,
  NUMBER,
  SWITCHES,
  TEXT,
  textual,
  type ValueKind,
} from "./value_kinds.ts";

/** One field of KubeProxyConfiguration v1alpha1. */
export interface Field {
  /** Path in the file: "ipvs.scheduler". */
  readonly path: string;
  /** What it may be. */
  readonly kind: ValueKind;
  /** Default of kube-proxy in ipvs mode. */
  readonly initial: unknown;
  /** Flag that sets it, without dashes; absent: none. */
  readonly flag?: string;
  /** What it means; for ignored ones, why it has no effect here. */
  readonly meaning: string;
  /** Whether it has an effect; an ignored one warns by name when given. */
  readonly use: "honoured" | "ignored";
  /** What a change of it while the agent runs asks for. */
  readonly reload: Reload;
}

/**
 * What takes a change of a field into force: another log level, kernel
 * settings written, Services planned anew, another pace, or another start of
 * the agent in the same process.
 */
export type Reload = "logs" | "kernel" | "plans" | "pace" | "restart";

/** Fields that need no other start, by what they need. */
const IN_PLACE: readonly (readonly [what: RegExp, reload: Reload])[] = [
  [/^logging\.verbosity$/, "logs"],
  [/^(?:conntrack\.|ipvs\.(?:strictARP|\w+Timeout)$)/, "kernel"],
  [/^ipvs\.(?:sync|minSync)Period$/, "pace"],
  [
    /^(?:nodePortAddresses|featureGates|clusterCIDR|detectLocal.*|ipvs\.excludeCIDRs|iptables\.masqueradeAll)$/,
    "plans",
  ],
];

const INT32 = 2 ** 31 - 1;
const CIDRS = listOf("a list of CIDRs such as 10.0.0.0/8", isCidr);
const NODE_PORT_ADDRESSES = listOf(
  'a list of CIDRs such as 10.0.0.0/8, or "primary" alone',
  (item) => item === "primary" || isCidr(item),
);

type Row = readonly [
  path: string,
  kind: ValueKind,
  initial: unknown,
  flag: string,
  meaning: string,
];

// deno-fmt-ignore -- a table, one row a line
const HONOURED: readonly Row[] = [
  ["clientConnection.kubeconfig", TEXT, "", "kubeconfig", "kubeconfig file; empty: the credentials of the pod"],
  ["logging.format", choice("text", "json"), "text", "logging-format", "how log lines look"],
  ["logging.verbosity", integer(0, INT32), 0, "v", "how much is logged: below 2 what matters, from 2 on everything"],
  ["hostnameOverride", TEXT, "", "hostname-override", "name of this node; empty: the host's name"],
  ["mode", choice("ipvs", ""), "", "proxy-mode", "proxy mode; this proxy has ipvs only"],
  ["iptables.masqueradeBit", integer(0, 31), 14, "iptables-masquerade-bit", "bit of the firewall mark that asks for masquerading"],
  ["iptables.masqueradeAll", BOOLEAN, false, "masquerade-all", "masquerade everything that goes to cluster IPs"],
  ["ipvs.syncPeriod", DURATION, "30s", "ipvs-sync-period", "longest time between two full comparisons with the kernel"],
  ["ipvs.minSyncPeriod", DURATION, "0s", "ipvs-min-sync-period", "shortest time between two passes; 0: none"],
  ["ipvs.scheduler", choice(...SCHEDULERS, ""), "", "ipvs-scheduler", "IPVS scheduler; empty: rr"],
  ["ipvs.excludeCIDRs", CIDRS, [], "ipvs-exclude-cidrs", "needs no value here: only what this program made is ever deleted"],
  ["ipvs.strictARP", BOOLEAN, false, "ipvs-strict-arp", "answer no ARP for addresses of Services"],
  ["ipvs.tcpTimeout", DURATION, "0s", "ipvs-tcp-timeout", "idle TCP connections; 0: as the kernel has it"],
  ["ipvs.tcpFinTimeout", DURATION, "0s", "ipvs-tcpfin-timeout", "TCP connections after a FIN; 0: as the kernel has it"],
  ["ipvs.udpTimeout", DURATION, "0s", "ipvs-udp-timeout", "UDP; 0: as the kernel has it"],
  ["detectLocalMode", choice("ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix", ""), "", "detect-local-mode", "how traffic of this node's pods is recognised; empty: ClusterCIDR"],
  ["detectLocal.bridgeInterface", TEXT, "", "pod-bridge-interface", "bridge of the pods, for BridgeInterface"],
  ["detectLocal.interfaceNamePrefix", TEXT, "", "pod-interface-name-prefix", "what names of pod interfaces begin with, for InterfaceNamePrefix"],
  ["clusterCIDR", textOfCidrs(), "", "cluster-cidr", "networks of all pods, for ClusterCIDR: one, or one of each family"],
  ["nodePortAddresses", NODE_PORT_ADDRESSES, [], "nodeport-addresses", "addresses that serve node ports"],
  ["conntrack.maxPerCore", integer(0, INT32), 32768, "conntrack-max-per-core", "connection tracking entries per CPU; 0: as the kernel has it"],
  ["conntrack.min", integer(0, INT32), 131072, "conntrack-min", "least number of connection tracking entries"],
  ["conntrack.tcpEstablishedTimeout", DURATION, "24h0m0s", "conntrack-tcp-timeout-established", "connection tracking of idle TCP; 0: as the kernel has it"],
  ["conntrack.tcpCloseWaitTimeout", DURATION, "1h0m0s", "conntrack-tcp-timeout-close-wait", "connection tracking in CLOSE_WAIT; 0: as the kernel has it"],
  ["conntrack.tcpBeLiberal", BOOLEAN, false, "conntrack-tcp-be-liberal", "let packets outside the TCP window pass"],
  ["conntrack.udpTimeout", DURATION, "0s", "conntrack-udp-timeout", "connection tracking of UDP; 0: as the kernel has it"],
  ["conntrack.udpStreamTimeout", DURATION, "0s", "conntrack-udp-timeout-stream", "connection tracking of answered UDP; 0: as the kernel has it"],
  ["healthzBindAddress", BIND, "0.0.0.0:10256", "healthz-bind-address", "where health is served; as a flag, empty: nowhere"],
  ["metricsBindAddress", BIND, "127.0.0.1:10249", "metrics-bind-address", "where metrics are served; as a flag, empty: nowhere"],
  ["featureGates", SWITCHES, {}, "feature-gates", "AllowServiceExternalIPs is honoured; the others name nothing in this program"],
  ["enableProfiling", BOOLEAN, false, "profiling", "let PUT /debug/flags/v of the metrics server change how much is logged; there is no pprof"],
  ["bindAddressHardFail", BOOLEAN, false, "bind-address-hard-fail", "end when a server cannot be bound instead of trying again"],
];

// deno-fmt-ignore -- a table, one row a line
const IGNORED: readonly Row[] = [
  ["clientConnection.acceptContentTypes", TEXT, "", "", "the API is always spoken in JSON"],
  ["clientConnection.contentType", TEXT, "application/vnd.kubernetes.protobuf", "kube-api-content-type", "the API is always spoken in JSON"],
  ["clientConnection.qps", NUMBER, 5, "kube-api-qps", "the watches need no rate limit: one request each"],
  ["clientConnection.burst", integer(0, INT32), 10, "kube-api-burst", "the watches need no rate limit: one request each"],
  ["logging.flushFrequency", DURATION, "5s", "log-flush-frequency", "log lines are written at once"],
  ["logging.vmodule", ANYTHING, [], "vmodule", "there are no levels by file"],
  ["logging.options", ANYTHING, {}, "", "there are no other options of logging"],
  ["bindAddress", IP, "0.0.0.0", "bind-address", "the node's addresses come from its Node object"],
  ["showHiddenMetricsForVersion", TEXT, "", "show-hidden-metrics-for-version", "no metric is hidden"],
  ["iptables.localhostNodePorts", BOOLEAN, true, "iptables-localhost-nodeports", "it is for iptables mode"],
  ["iptables.syncPeriod", DURATION, "30s", "iptables-sync-period", "it is for iptables mode"],
  ["iptables.minSyncPeriod", DURATION, "1s", "iptables-min-sync-period", "it is for iptables mode"],
  ["nftables.masqueradeBit", integer(0, 31), 14, "", "it is for nftables mode"],
  ["nftables.masqueradeAll", BOOLEAN, false, "", "it is for nftables mode"],
  ["nftables.syncPeriod", DURATION, "30s", "", "it is for nftables mode"],
  ["nftables.minSyncPeriod", DURATION, "1s", "", "it is for nftables mode"],
  ["winkernel", ANYTHING, {}, "", "it is for Windows"],
  ["oomScoreAdj", integer(-1000, 1000), -999, "oom-score-adj", "OOMScoreAdjust= of the unit, or the pod, says it"],
  ["configSyncPeriod", DURATION, "15m0s", "config-sync-period", "nothing is listed again without need"],
  ["portRange", TEXT, "", "", "kube-proxy does not use it either"],
  ["windowsRunAsService", BOOLEAN, false, "windows-service", "it is for Windows"],
];

function textOfCidrs(): ValueKind {
  return textual(
    "one CIDR, or one of each family separated by a comma",
    (text) => {
      if (text === "") return true;
      const parts = text.split(",");
      const families = new Set(parts.map((part) => part.includes(":")));
      return parts.every(isCidr) && families.size === parts.length;
    },
  );
}

function toField(row: Row, use: Field["use"]): Field {
  const [path, kind, initial, flag, meaning] = row;
  return {
    path,
    kind,
    initial,
    meaning,
    use,
    reload: IN_PLACE.find(([what]) => what.test(path))?.[1] ?? "restart",
    ...(flag === "" ? {} : { flag }),
  };
}

/** Every field of the file, in the order of its documentation. */
export const FIELDS: readonly Field[] = [
  ...HONOURED.map((row) => toField(row, "honoured")),
  ...IGNORED.map((row) => toField(row, "ignored")),
];
