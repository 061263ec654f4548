import { CHAIN_PREFIX, type RuleJump, type RuleTable } from "./rules_parts.ts";
import {
  isOurs,
  parseSaved,
  type SavedTable,
  targetOf,
} from "./rules_saved.ts";

/** Comment of every jump of ours; part of how it is recognised. */
const COMMENT = '-m comment --comment "kube-proxy ipvs"';

/** kube-proxy's own jump, in PREROUTING and OUTPUT of table nat. */
const KUBE_PROXY_JUMP =
  '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES';

/**
 * The document for `iptables-restore --noflush` that turns what the host has
 * into what is wanted; undefined when nothing is to be done.
 *
 * Each table is one transaction: chains of ours are emptied and filled, jumps
 * that are missing or too late are put first. Nothing of others is named.
 *
 * @param saved what `iptables-save` printed, all tables
 */
export function planRulesDocument(
  wanted: readonly RuleTable[],
  saved: string,
): string | undefined {
  const tables = parseSaved(saved);
  const parts = wanted.flatMap((table) => {
    const lines = tableLines(table, tables.get(table.table));
    return lines.length === 0 ? [] : [`*${table.table}`, ...lines, "COMMIT"];
  });
  return parts.length === 0 ? undefined : parts.join("\n") + "\n";
}

/** The document that removes all of it; undefined when there is none. */
export function planRulesRemoval(saved: string): string | undefined {
  const parts: string[] = [];
  for (const [table, { chains }] of parseSaved(saved)) {
    const ours = [...chains.keys()].filter(isOurs);
    if (ours.length === 0) continue;
    const jumps = [...chains].flatMap(([chain, rules]) =>
      isOurs(chain)
        ? []
        : rules.filter(isOurJump).map((rule) => `-D ${chain} ${rule}`)
    );
    parts.push(
      `*${table}`,
      ...ours.map((chain) => `:${chain} - [0:0]`),
      ...jumps,
      ...ours.map((chain) => `-X ${chain}`),
      "COMMIT",
    );
  }
  return parts.length === 0 ? undefined : parts.join("\n") + "\n";
}

function tableLines(
  wanted: RuleTable,
  saved: SavedTable | undefined,
): string[] {
  const chains = saved?.chains ?? new Map<string, readonly string[]>();
  const stale = wanted.chains.filter(({ name, rules }) => {
    const have = chains.get(name);
    return have === undefined || have.join("\n") !== rules.join("\n");
  });
  return [
    ...stale.map(({ name }) => `:${name} - [0:0]`),
    ...stale.flatMap(({ name, rules }) =>
      rules.map((rule) => `-A ${name} ${rule}`)
    ),
    ...wanted.jumps.flatMap((jump) => jumpLines(jump, chains)),
  ];
}

function jumpLines(
  jump: RuleJump,
  chains: ReadonlyMap<string, readonly string[]>,
): string[] {
  const rule = formatJump(jump);
  const rules = chains.get(jump.from) ?? [];
  const others = rules.filter((text) => text !== rule);
  const count = rules.length - others.length;
  const place = jump.beforeNat ? behindKubeProxy(others, chains) : 0;
  const first = rules.indexOf(rule);
  const good = count === 1 &&
    (!jump.beforeNat || (place > 0 && first >= place) ||
      !rules.slice(0, first).some((text) => translates(text, chains)));
  if (good) return [];
  return [
    ...Array.from({ length: count }, () => `-D ${jump.from} ${rule}`),
    `-I ${jump.from} ${place + 1} ${rule}`,
  ];
}

/**
 * How many rules ours must leave ahead of them: up to the jump of kube-proxy's
 * iptables mode, else none. As long as that translates, it serves; ahead of it,
 * ours would let connections pass that nobody serves yet. In ipvs mode the
 * same jump leads to no translation.
 */
function behindKubeProxy(
  rules: readonly string[],
  chains: ReadonlyMap<string, readonly string[]>,
): number {
  const at = rules.lastIndexOf(KUBE_PROXY_JUMP);
  return at >= 0 && translates(KUBE_PROXY_JUMP, chains) ? at + 1 : 0;
}

function formatJump(jump: RuleJump): string {
  return `${COMMENT} -j ${jump.to}`;
}

function isOurJump(rule: string): boolean {
  return rule.startsWith(`${COMMENT} -j ${CHAIN_PREFIX}`);
}

/**
 * Whether a rule may translate an address, itself or in a chain that it leads
 * to. Only such a rule ahead of ours matters: others may keep their place at
 * the top, so that two programs do not push each other away for ever.
 */
function translates(
  rule: string,
  chains: ReadonlyMap<string, readonly string[]>,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  const target = targetOf(rule);
  if (["DNAT", "REDIRECT", "SNAT", "MASQUERADE", "NETMAP"].includes(target)) {
    return true;
  }
  const inner = chains.get(target);
  if (inner === undefined || isOurs(target) || seen.has(target)) return false;
  const deeper = new Set([...seen, target]);
  return inner.some((text) => translates(text, chains, deeper));
}
