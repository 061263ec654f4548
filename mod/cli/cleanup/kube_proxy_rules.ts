import type { IpFamily } from "#model";
import { parseSaved, type SavedTable, targetOf } from "#plan";
import { isIptablesModeRule } from "./iptables_mode.ts";
import {
  KUBE_PROXY_CHAINS,
  KUBE_PROXY_JUMPS,
  KUBE_PROXY_SETS,
  SERVICE_CHAIN,
} from "./kube_proxy_names.ts";
import type { Left } from "./types.ts";

/** What of one back end and family goes, and what stays. */
export interface KubeProxyRules {
  /** For `iptables-restore --noflush`; absent: nothing goes. */
  readonly document?: string;
  /** Chains that go, as "table/chain". */
  readonly chains: ReadonlySet<string>;
  /** Rules of built-in chains that go, as "table/chain rule". */
  readonly jumps: ReadonlySet<string>;
  /** What stays although its name is kube-proxy's. */
  readonly left: readonly Left[];
}

const OWN_TARGETS = new Set([
  ...["ACCEPT", "RETURN", "DROP", "MASQUERADE", "REJECT"],
  ...[...KUBE_PROXY_CHAINS.values()].flat(),
]);

/** Rules without a set of its own, each as kube-proxy words it. */
const WORDS: readonly RegExp[] = [
  /^-s (?:127\.0\.0\.0\/8|::1\/128) -j RETURN$/,
  /^-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT$/,
  /^-j KUBE-MARK-MASQ$/,
  /^-j MARK --(?:set-xmark|or-mark|xor-mark) 0x[\da-f]+(?:\/0x[\da-f]+)?$/,
  /^-m mark ! --mark 0x[\da-f]+\/0x[\da-f]+ -j RETURN$/,
  /^-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE(?: --random-fully)?$/,
  /^-m comment --comment "kubernetes forwarding rules" -m mark --mark 0x[\da-f]+\/0x[\da-f]+ -j ACCEPT$/,
  /^(?:-[sd] \S+ )?-m comment --comment "kubernetes forwarding conntrack (?:pod source |pod destination )?rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT$/,
  /^-s \S+ -m ipvs --vaddr \S+ --vproto \d+ --vport \d+ -j DROP$/,
];

/** Whether a rule is one that kube-proxy writes in that chain, in any mode. */
export function isKubeProxyRule(chain: string, rule: string): boolean {
  const set = /--match-set (\S+) /.exec(rule)?.[1];
  if (set !== undefined) {
    return KUBE_PROXY_SETS.has(set) &&
      OWN_TARGETS.has(targetOf(rule));
  }
  if (chain === "KUBE-SOURCE-RANGES-FIREWALL" && rule === "-j DROP") {
    return true;
  }
  return isIptablesModeRule(chain, rule) ||
    !SERVICE_CHAIN.test(chain) && WORDS.some((pattern) => pattern.test(rule));
}

/** Whether the jumps of ipvs mode are there: it runs, or was not cleaned up. */
export function hasKubeProxyJumps(saved: string): boolean {
  const tables = parseSaved(saved);
  return KUBE_PROXY_JUMPS.some(([table, from, rule]) =>
    rule.includes("KUBE-IPVS-") &&
    (tables.get(table)?.chains.get(from) ?? []).includes(rule)
  );
}

/** nat first: what it let through is let through until nothing comes. */
const TABLES = ["nat", "filter", "mangle"] as const;

/**
 * What kube-proxy left in one back end and family. A chain goes when it has
 * one of its names, every rule in it is one that it writes, and no rule that
 * stays leads there. A table is one transaction: chains and jumps go together.
 */
export function planKubeProxyRules(
  saved: string,
  where: { readonly program: string; readonly family: IpFamily },
): KubeProxyRules {
  const parts: string[] = [];
  const chains = new Set<string>();
  const jumps = new Set<string>();
  const left: Left[] = [];
  const tables = parseSaved(saved);
  for (const name of TABLES) {
    const table = tables.get(name);
    if (table === undefined) continue;
    const found = sortChains(name, table);
    const going = [...found.going];
    left.push(...[...found.staying].map(([chain, reason]) => ({
      thing: `chain ${chain} of ${where.program} ${name}`,
      ...{ reason, shouldGo: true },
    })));
    const lines = KUBE_PROXY_JUMPS.flatMap(([of, from, rule]) =>
      of !== name || !found.going.has(targetOf(rule))
        ? []
        : (table.chains.get(from) ?? []).filter((one) => one === rule)
          .map(() => `-D ${from} ${rule}`)
    );
    if (going.length + lines.length === 0) continue;
    for (const chain of going) chains.add(`${name}/${chain}`);
    for (const line of lines) jumps.add(`${name}/${line.slice(3)}`);
    parts.push(
      `*${name}`,
      ...going.map((chain) => `:${chain} - [0:0]`),
      ...lines,
      ...going.map((chain) => `-X ${chain}`),
      "COMMIT",
    );
  }
  const document = parts.length === 0 ? undefined : parts.join("\n") + "\n";
  return {
    ...(document === undefined ? {} : { document }),
    ...{ chains, jumps, left },
  };
}

interface Sorted {
  readonly going: ReadonlySet<string>;
  /** Why, by chain. */
  readonly staying: ReadonlyMap<string, string>;
}

/** What stays keeps what it leads to, until nothing more does. */
function sortChains(name: string, { chains }: SavedTable): Sorted {
  const own = new Set(KUBE_PROXY_CHAINS.get(name));
  const going = new Set(
    [...chains.keys()].filter((one) =>
      own.has(one) || name === "nat" && SERVICE_CHAIN.test(one)
    ),
  );
  const staying = new Map<string, string>();
  const keep = (chain: string, reason: string): void => {
    if (going.delete(chain)) staying.set(chain, reason);
  };
  for (const chain of [...going]) {
    const odd = chains.get(chain)?.find((rule) =>
      !isKubeProxyRule(chain, rule)
    );
    if (odd !== undefined) {
      keep(chain, `kube-proxy did not write its rule "${odd}"`);
    }
  }
  for (let size = -1; size !== going.size;) {
    size = going.size;
    for (const [chain, rules] of chains) {
      if (going.has(chain)) continue;
      for (const rule of rules) {
        const target = targetOf(rule);
        if (!going.has(target) || isJump(name, chain, rule)) continue;
        keep(target, `"-A ${chain} ${rule}" leads there`);
      }
    }
  }
  return { going, staying };
}

function isJump(table: string, from: string, rule: string): boolean {
  return KUBE_PROXY_JUMPS.some((one) =>
    one[0] === table && one[1] === from && one[2] === rule
  );
}
