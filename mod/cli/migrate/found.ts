import type { CommandRunner } from "#apply";
import type { Ownership } from "#diff";
import { familyOf } from "#model";
import { setName, virtualServerKey } from "#plan";
import {
  frontendsOf,
  hasIptablesModeChains,
  leavesSources,
  type OldFrontend,
} from "../cleanup/iptables_mode.ts";
import { claimsOfKubeProxy } from "../cleanup/kube_proxy_claims.ts";
import { hasKubeProxyJumps } from "../cleanup/kube_proxy_rules.ts";
import { KUBE_PROXY_SETS } from "../cleanup/kube_proxy_names.ts";
import { programOf } from "../cleanup/plan_rules.ts";
import type { Seen, SeenRules } from "../cleanup/types.ts";

/** Jumps without which no Service of ours is served rightly. */
const OUR_JUMPS: readonly string[] = [
  "KUBE-VS-MARK",
  "KUBE-VS-SERVICES",
  "KUBE-VS-OUTPUT",
  "KUBE-VS-POSTROUTING",
  "KUBE-VS-INPUT",
];

/** Whether kube-proxy's ipvs mode has its rules in place. */
export function hasIpvsMode({ rules }: Seen): boolean {
  return rules.some(({ text }) => hasKubeProxyJumps(text));
}

/** Whether kube-proxy's iptables mode serves anything. */
export function hasIptablesMode({ rules }: Seen): boolean {
  return rules.some(({ text }) => frontendsOf(text).length > 0);
}

/** Whether anything of kube-proxy's ipvs mode is there. */
export function hasTracesOfIpvsMode(seen: Seen): boolean {
  const { servers, addresses } = claimsOfKubeProxy(seen);
  return hasIpvsMode(seen) || servers.size + addresses.size > 0 ||
    [...seen.sets.keys()].some((name) => KUBE_PROXY_SETS.has(name));
}

/** Whether anything of kube-proxy's is there, of ipvs or iptables mode. */
export function hasTraces(seen: Seen): boolean {
  return hasTracesOfIpvsMode(seen) ||
    seen.rules.some(({ text }) => hasIptablesModeChains(text));
}

/** Whether our rules are in place, in every family that kube-proxy serves. */
export function hasOurRules({ rules }: Seen): boolean {
  const theirs = rules.filter(({ text }) =>
    hasKubeProxyJumps(text) || frontendsOf(text).length > 0
  );
  const needed = theirs.length > 0
    ? theirs
    : rules.filter(({ family, text }) =>
      family === "ipv4" && text.includes("-j KUBE-VS-")
    );
  return needed.length > 0 &&
    needed.every(({ text }) =>
      OUR_JUMPS.every((chain) =>
        new RegExp(`^-A [A-Z]+ .*-j ${chain}$`, "m").test(text)
      )
    );
}

/** What kube-proxy's iptables mode serves, both families. */
export function oldFrontends({ rules }: Seen): readonly OldFrontend[] {
  return rules.flatMap(({ text }) => frontendsOf(text));
}

/** "tcp 10.96.0.10:53 of kube-system/dns:tcp". */
export function nameFrontend(
  { protocol, address, port, service }: OldFrontend,
): string {
  const at = address === undefined
    ? `node port ${port}`
    : familyOf(address) === "ipv6"
    ? `[${address}]:${port}`
    : `${address}:${port}`;
  return `${protocol} ${at} of ${service}`;
}

/** Our sets that name frontends which we answer without a virtual server. */
const ANSWERED = ["refuse", "drop", "drop-outside"] as const;

/**
 * What kube-proxy's iptables mode serves and we do not: neither by a virtual
 * server on our record, nor by refusing or dropping, as for a Service that
 * lost its endpoints meanwhile.
 */
export function unservedOf(
  seen: Seen,
  ownership: Ownership,
): readonly OldFrontend[] {
  const { servers, sets, hostAddresses } = seen;
  const answered = new Set(
    (["ipv4", "ipv6"] as const).flatMap((family) =>
      ANSWERED.flatMap((kind) => [
        ...sets.get(setName(kind, family))?.elements.keys() ?? [],
      ])
    ),
  );
  return oldFrontends(seen).filter(({ protocol, address, port }) =>
    !(address === undefined ? [...hostAddresses] : [address]).some((one) => {
      const key = virtualServerKey(protocol, one, port);
      return servers.has(key) && ownership.hasServer(key) ||
        answered.has(`${one},${protocol}:${port}`);
    })
  );
}

/** Names of the tables that kube-proxy's nftables mode made. */
export async function nftablesMode(
  runner: CommandRunner,
): Promise<readonly string[]> {
  try {
    const { code, stdout } = await runner.run(["nft", "list", "tables"]);
    if (code !== 0) return [];
    return [...stdout.matchAll(/^table (ip6? kube-proxy)$/gm)]
      .map(([, name = ""]) => name);
  } catch {
    return []; // there is no nft: whoever needs it has it
  }
}

/** What is there of kube-proxy's and of others, a sentence each. */
export function describeFound(seen: Seen): readonly string[] {
  const claims = claimsOfKubeProxy(seen);
  const hasIptables = seen.rules.some(({ text }) =>
    hasIptablesModeChains(text)
  );
  const mode = hasTracesOfIpvsMode(seen)
    ? hasIptables ? "ipvs and of iptables mode" : "ipvs mode"
    : hasIptables
    ? "iptables mode"
    : undefined;
  return [
    mode === undefined
      ? "nothing of kube-proxy's ipvs or iptables mode"
      : `what kube-proxy left is of ${mode}`,
    ...hasTracesOfIpvsMode(seen) ? describeIpvsMode(seen, claims) : [],
    ...hasIptables ? seen.rules.flatMap(describeIptablesMode) : [],
    ...describeOthers(seen, claims),
  ];
}

type Claims = ReturnType<typeof claimsOfKubeProxy>;

function describeIpvsMode(
  seen: Seen,
  { servers, addresses }: Claims,
): readonly string[] {
  const schedulers = new Map<string, number>();
  for (const key of servers) {
    const scheduler = seen.servers.get(key)?.scheduler ?? "";
    schedulers.set(scheduler, (schedulers.get(scheduler) ?? 0) + 1);
  }
  const used = [...schedulers].map(([name, count]) => `${name} (${count})`);
  const where = seen.rules.filter(({ text }) => hasKubeProxyJumps(text))
    .map(programOf);
  return [
    where.length === 0
      ? "kube-proxy's rules are not in place"
      : `kube-proxy's rules are in place in ${where.join(" and ")}`,
    `its sets name ${servers.size} virtual servers and ${addresses.size} ` +
    "addresses that are there",
    ...(used.length === 0 ? [] : [`it uses the schedulers ${used.join(", ")}`]),
  ];
}

function describeIptablesMode(rules: SeenRules): readonly string[] {
  if (!hasIptablesModeChains(rules.text)) return [];
  const { length } = frontendsOf(rules.text);
  return [
    `${programOf(rules)} translates for ${length} frontends of iptables mode`,
    ...(length > 0 && leavesSources(rules.text)
      ? [
        "it does not masquerade this node's own connections, since it did not " +
        "know the pods' network: they fail to pods of other nodes from the " +
        "agent's start to the end of its rules",
      ]
      : []),
  ];
}

function describeOthers(
  seen: Seen,
  { servers }: Claims,
): readonly string[] {
  const others = [...seen.servers.keys()].filter((key) => !servers.has(key));
  return others.length === 0
    ? []
    : [`${others.length} virtual servers are named by none of its sets`];
}
