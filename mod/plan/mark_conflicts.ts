import { isOurs, parseSaved, targetOf } from "./rules_saved.ts";

/** Bits that are in none of our marks: others may clear them. */
const LEFT_ALONE = 0x0000_c000;
/** Conflicts that are named; more say nothing new. */
const MAX_NAMED = 4;

/**
 * Where a packet goes between the rule that gives it our mark and IPVS, which
 * compares all 32 bits. Ours ends the way through nat and filter for what is
 * ours, so only what comes before it counts there.
 */
const WAY: readonly (readonly [
  table: string,
  chain: string,
  counts: "before ours" | "after ours" | "all",
])[] = [
  ["mangle", "PREROUTING", "after ours"],
  ["mangle", "OUTPUT", "after ours"],
  ["nat", "PREROUTING", "before ours"],
  ["nat", "OUTPUT", "before ours"],
  ["mangle", "INPUT", "all"],
  ["filter", "INPUT", "before ours"],
];

/**
 * Rules of other programs that may change our firewall marks before IPVS has
 * seen them: clients inside the cluster would then be treated as outside ones
 * by Services with external policy Local. Whether such a rule matches those
 * packets is not looked at.
 *
 * @param saved what `iptables-save` printed, all tables
 * @returns one text for each, at most four: "mangle PREROUTING: -j MARK ..."
 */
export function findMarkConflicts(
  saved: string,
): readonly string[] {
  const tables = parseSaved(saved);
  const found: string[] = [];
  for (const [table, chain, counts] of WAY) {
    const chains = tables.get(table)?.chains ?? new Map();
    const rules = part(chains.get(chain) ?? [], counts);
    for (const rule of markingRules(rules, chains)) {
      found.push(`${table} ${chain}: ${rule}`);
    }
  }
  return found.slice(0, MAX_NAMED);
}

function part(
  rules: readonly string[],
  counts: "before ours" | "after ours" | "all",
): readonly string[] {
  const ours = rules.findIndex((rule) => isOurs(targetOf(rule)));
  if (counts === "all" || ours < 0) return rules;
  return counts === "before ours"
    ? rules.slice(0, ours)
    : rules.slice(ours + 1);
}

/** Rules that mark, themselves or in the chains that they lead to. */
function markingRules(
  rules: readonly string[],
  chains: ReadonlyMap<string, readonly string[]>,
  seen: Set<string> = new Set(),
): string[] {
  return rules.flatMap((rule) => {
    const target = targetOf(rule);
    if (changesMark(rule, target)) return [rule];
    const inner = chains.get(target);
    if (inner === undefined || isOurs(target) || seen.has(target)) return [];
    seen.add(target);
    return markingRules(inner, chains, seen);
  });
}

function changesMark(rule: string, target: string): boolean {
  const isSet = / --set-xmark (0x[\da-f]+)\/(0x[\da-f]+)/i.exec(rule);
  if (target === "MARK" && isSet !== null) {
    const [, value = "0", under = "0"] = isSet;
    return Number(value) !== 0 || (Number(under) & ~LEFT_ALONE) !== 0;
  }
  if (target === "CONNMARK") return rule.includes(" --restore-mark");
  return target === "SET" && rule.includes(" --map-mark");
}
