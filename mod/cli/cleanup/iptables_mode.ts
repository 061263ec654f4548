/**
 * What kube-proxy's iptables mode writes, as `iptables-save` prints it: the
 * words of its rules (kubernetes/kubernetes, pkg/proxy/iptables/proxier.go,
 * since it has KUBE-EXT chains), and the frontends that they serve.
 *
 * @module
 */
import type { IpAddress, Protocol } from "#model";
import { parseSaved, type SavedTable, targetOf } from "#plan";
import { IPTABLES_MODE_CHAIN, SERVICE_CHAIN } from "./kube_proxy_names.ts";

/** "default/web:http": a port of a Service, as its comments name it. */
const NAME = "[a-z0-9.-]+/[a-z0-9.-]+(?::[a-z0-9-]+)?";
const HASH = "[A-Z2-7]{16}";
const PROTO = "(?:tcp|udp|sctp)";
const MASQ = "-j KUBE-MARK-MASQ";
const REFUSAL = "-j (?:DROP|REJECT --reject-with icmp6?-port-unreachable)";
/** Above 1,000 endpoints it leaves these comments out. */
const NAMED = `(?:${says(NAME)} )?`;
const TO_ENDPOINT = `(?:${says(`${NAME} -> \\S+`)} )?`;
const RECENT = `--name KUBE-SEP-${HASH} (?:--mask \\S+ )?--rsource`;

/** A comment, as part of a pattern. */
function says(words: string): string {
  return `-m comment --comment "${words}"`;
}

/** A match on an address and port, with a comment between as it is printed. */
function socket(to: string, words: string): string {
  return `${to}-p ${PROTO} ${says(words)} -m ${PROTO} --dport \\d+`;
}

/** The comment of a rule for what comes from outside, and what it is about. */
function fromOutside(what: string): string {
  const words = " external destinations";
  return says(`${what} for ${NAME}${words}`);
}

function patterns(...texts: readonly string[]): readonly RegExp[] {
  return texts.map((text) => new RegExp(`^${text}$`));
}

const NO_ENDPOINTS = `${NAME} has no (?:local )?endpoints`;
const ANY_SOURCE = "(?:!? ?-[si] \\S+ )?";
const FROM_NODE = "-m addrtype --src-type LOCAL";

/** Rules of the chains for one port of a Service, by the kind of chain. */
const OF_SERVICES: Readonly<Record<string, readonly RegExp[]>> = {
  SVC: patterns(
    `(?:! -s \\S+ )?-d \\S+ (?:! -i \\S+ )?-p ${PROTO} ` +
      `${says(`${NAME} cluster IP`)} -m ${PROTO} --dport \\d+ ${MASQ}`,
    `${TO_ENDPOINT}-m recent --rcheck --seconds \\d+ --reap ${RECENT} ` +
      `-j KUBE-SEP-${HASH}`,
    `${TO_ENDPOINT}(?:-m statistic --mode random --probability [\\d.]+ )?` +
      `-j KUBE-SEP-${HASH}`,
  ),
  SEP: patterns(
    `-s \\S+ ${NAMED}${MASQ}`,
    `-p ${PROTO} ${NAMED}(?:-m recent --set ${RECENT} )?-m ${PROTO} ` +
      "-j DNAT --to-destination \\S+",
  ),
  EXT: patterns(
    `${fromOutside("masquerade traffic")} ${MASQ}`,
    `${ANY_SOURCE}${fromOutside("pod traffic")} -j KUBE-SVC-${HASH}`,
    `${fromOutside("masquerade LOCAL traffic")} ${FROM_NODE} ${MASQ}`,
    `${fromOutside("route LOCAL traffic")} ${FROM_NODE} -j KUBE-SVC-${HASH}`,
    `-j KUBE-SV[CL]-${HASH}`,
  ),
  FW: patterns(
    `${ANY_SOURCE}${says(`${NAME} loadbalancer IP`)} -j KUBE-EXT-${HASH}`,
    says(`other traffic to ${NAME} will be dropped by KUBE-PROXY-FIREWALL`),
  ),
};

/** Rules of its other chains; tables share names, and no words. */
const OF_CHAINS: Readonly<Record<string, readonly RegExp[]>> = {
  "KUBE-SERVICES": patterns(
    socket("-d \\S+ ", `${NAME} (?:cluster|external|loadbalancer) IP`) +
      ` -j KUBE-(?:SVC|SVL|EXT|FW)-${HASH}`,
    "(?:!? ?-d \\S+ )?" + says(
      "kubernetes service nodeports; NOTE: this must be the last rule in this chain",
    ) + "(?: -m addrtype --dst-type LOCAL)? -j KUBE-NODEPORTS",
    `${socket("-d \\S+ ", NO_ENDPOINTS)} ${REFUSAL}`,
  ),
  "KUBE-EXTERNAL-SERVICES": patterns(
    `${socket("-d \\S+ ", NO_ENDPOINTS)} ${REFUSAL}`,
    `-p ${PROTO} ${says(NO_ENDPOINTS)} -m addrtype --dst-type LOCAL ` +
      `-m ${PROTO} --dport \\d+ ${REFUSAL}`,
  ),
  "KUBE-NODEPORTS": patterns(
    `${socket("(?:-d 127\\.0\\.0\\.0/8 )?", NAME)}` +
      `(?: -m nfacct --nfacct-name +\\S+)? -j KUBE-EXT-${HASH}`,
    `-p tcp ${says(`${NAME} health check node port`)} -m tcp --dport \\d+ ` +
      "-j ACCEPT",
  ),
  "KUBE-PROXY-FIREWALL": patterns(
    socket("-d \\S+ ", `${NAME} traffic not accepted by KUBE-FW-${HASH}`) +
      " -j DROP",
  ),
  "KUBE-FORWARD": patterns(
    "-m conntrack --ctstate INVALID(?: -m nfacct --nfacct-name +\\S+)? -j DROP",
  ),
};

/** Whether a rule is one that iptables mode, and no other, writes there. */
export function isIptablesModeRule(chain: string, rule: string): boolean {
  const kind = SERVICE_CHAIN.exec(chain)?.[1];
  const words = kind === undefined
    ? OF_CHAINS[chain]
    : OF_SERVICES[kind === "SVL" ? "SVC" : kind];
  return words?.some((pattern) => pattern.test(rule)) ?? false;
}

/** Whether any chain of iptables mode is there. */
export function hasIptablesModeChains(saved: string): boolean {
  return [...parseSaved(saved).values()].some(({ chains }) =>
    [...chains.keys()].some((name) => IPTABLES_MODE_CHAIN.test(name))
  );
}

/** What iptables mode translates. */
export interface OldFrontend {
  /** Protocol. */
  readonly protocol: Protocol;
  /** Address; absent: a node port. */
  readonly address?: IpAddress;
  /** Port. */
  readonly port: number;
  /** "default/web:http". */
  readonly service: string;
}

const FRONTEND =
  /^(?:-d (\S+?)(?:\/\d+)? )?-p (\w+) -m comment --comment "(\S+?)(?: \w+ IP)?" .*--dport (\d+) /;

/** What the rules of iptables mode serve, each once; none: they do not. */
export function frontendsOf(saved: string): readonly OldFrontend[] {
  const nat = parseSaved(saved).get("nat");
  if (nat === undefined || !isReached(nat)) return [];
  const found = new Map<string, OldFrontend>();
  for (const chain of ["KUBE-SERVICES", "KUBE-NODEPORTS"]) {
    for (const rule of nat.chains.get(chain) ?? []) {
      if (!SERVICE_CHAIN.test(targetOf(rule))) continue;
      const parts = FRONTEND.exec(rule);
      if (parts === null) continue;
      const [, to, protocol, service = "", port] = parts;
      const address = chain === "KUBE-SERVICES" ? to : undefined;
      found.set(`${protocol} ${address} ${port}`, {
        protocol: protocol as Protocol,
        ...(address === undefined ? {} : { address: address as IpAddress }),
        ...{ port: Number(port), service },
      });
    }
  }
  return [...found.values()];
}

function isReached({ chains }: SavedTable): boolean {
  return chains.get("PREROUTING")?.some((rule) =>
    targetOf(rule) === "KUBE-SERVICES"
  ) ?? false;
}

/**
 * Whether a node's own connections to a cluster IP keep their source: so it
 * writes them when it was told no way to tell pods from others.
 */
export function leavesSources(saved: string): boolean {
  const { chains } = parseSaved(saved).get("nat") ?? {};
  const portals = chains?.get("KUBE-SERVICES") ?? [];
  return [...new Set(portals.map(targetOf))].some((name) =>
    /^KUBE-SV[CL]-/.test(name) && SERVICE_CHAIN.test(name) &&
    !chains?.get(name)?.some((rule) => targetOf(rule) === "KUBE-MARK-MASQ")
  );
}
