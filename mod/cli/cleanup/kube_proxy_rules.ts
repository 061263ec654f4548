import type { IpFamily } from "#model";
import { parseSaved, type SavedTable, targetOf } from "#plan";
import {
  IPTABLES_MODE_CHAIN,
  KUBE_PROXY_CHAINS,
  KUBE_PROXY_JUMPS,
  KUBE_PROXY_SETS,
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
  ...Object.values(KUBE_PROXY_CHAINS).flatMap(({ own, shared }) => [
    ...own,
    ...shared,
  ]),
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

/** Whether a rule is one that kube-proxy's ipvs mode writes in that chain. */
export function isKubeProxyRule(chain: string, rule: string): boolean {
  const set = /--match-set (\S+) /.exec(rule)?.[1];
  if (set !== undefined) {
    return KUBE_PROXY_SETS.has(set) &&
      OWN_TARGETS.has(targetOf(rule));
  }
  if (chain === "KUBE-SOURCE-RANGES-FIREWALL" && rule === "-j DROP") {
    return true;
  }
  return WORDS.some((pattern) => pattern.test(rule));
}

/** Whether its jumps are there: it runs, or was not cleaned up. */
export function hasKubeProxyJumps(saved: string): boolean {
  const tables = parseSaved(saved);
  return KUBE_PROXY_JUMPS.some(([table, from, rule]) =>
    rule.includes("KUBE-IPVS-") &&
    (tables.get(table)?.chains.get(from) ?? []).includes(rule)
  );
}

/**
 * What kube-proxy's ipvs mode left in one back end and family. A chain goes
 * when it has one of its names, every rule in it is one that it writes, and no
 * rule that stays leads there.
 */
export function planKubeProxyRules(
  saved: string,
  where: { readonly program: string; readonly family: IpFamily },
): KubeProxyRules {
  const parts: string[] = [];
  const chains = new Set<string>();
  const jumps = new Set<string>();
  const left: Left[] = [];
  for (const [name, table] of parseSaved(saved)) {
    if (name !== "nat" && name !== "filter") continue;
    const found = sortChains(name, table);
    const going = [...found.going];
    left.push(...[...found.staying].map(([chain, { reason, shouldGo }]) => ({
      thing: `chain ${chain} of ${where.program} ${name}`,
      reason,
      shouldGo,
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

type Why = Pick<Left, "reason" | "shouldGo">;

interface Sorted {
  readonly going: ReadonlySet<string>;
  readonly staying: ReadonlyMap<string, Why>;
}

/** What stays keeps what it leads to, until nothing more does. */
function sortChains(name: "nat" | "filter", { chains }: SavedTable): Sorted {
  const { own, shared } = KUBE_PROXY_CHAINS[name];
  const going = new Set([...own, ...shared].filter((one) => chains.has(one)));
  const staying = new Map<string, Why>();
  const keep = (chain: string, reason: string, shouldGo: boolean): void => {
    if (going.delete(chain)) staying.set(chain, { reason, shouldGo });
  };
  const other = [...chains.keys()].find((one) => IPTABLES_MODE_CHAIN.test(one));
  if (other !== undefined) {
    const reason = `kube-proxy's iptables mode uses it (${other} is there)`;
    const isKept = false;
    for (const chain of shared) keep(chain, reason, isKept);
  }
  const isAmiss = true;
  for (const chain of [...going]) {
    const odd = chains.get(chain)?.find((rule) =>
      !isKubeProxyRule(chain, rule)
    );
    if (odd !== undefined) {
      keep(chain, `kube-proxy did not write its rule "${odd}"`, isAmiss);
    }
  }
  for (let size = -1; size !== going.size;) {
    size = going.size;
    for (const [chain, rules] of chains) {
      if (going.has(chain)) continue;
      for (const rule of rules) {
        if (isJump(name, chain, rule)) continue;
        keep(targetOf(rule), `"-A ${chain} ${rule}" leads there`, isAmiss);
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
