import { CHAIN_PREFIX, parseSaved, planRulesRemoval } from "#plan";
import { planKubeProxyRules } from "./kube_proxy_rules.ts";
import type { CleanupScope, Left, RulesPart, SeenRules } from "./types.ts";

/** What of the rules goes, and what stays. */
export interface PlannedRules {
  /** Documents to apply. */
  readonly parts: readonly RulesPart[];
  /** What stays although its name is kube-proxy's. */
  readonly left: readonly Left[];
  /** Rules that stay, in any chain, with what they are a part of. */
  readonly staying: readonly { readonly rule: string; readonly of: string }[];
}

/** Decides about the rules of all back ends and families. */
export function planRules(
  all: readonly SeenRules[],
  what: CleanupScope["what"],
): PlannedRules {
  const planned = all.map((seen) => planOne(seen, what));
  return {
    parts: planned.flatMap(({ parts }) => parts),
    left: planned.flatMap(({ left }) => left),
    staying: planned.flatMap(({ staying }) => staying),
  };
}

/** "iptables-legacy", "ip6tables-nft". */
export function programOf(
  { backEnd, family }: Omit<SeenRules, "text">,
): string {
  return `${family === "ipv4" ? "iptables" : "ip6tables"}-${backEnd}`;
}

function planOne(seen: SeenRules, what: CleanupScope["what"]): PlannedRules {
  const { backEnd, family, text } = seen;
  const program = programOf(seen);
  const ours = what === "kube-proxy" ? undefined : planRulesRemoval(text);
  const theirs = what === "ours"
    ? undefined
    : planKubeProxyRules(text, { program, family });
  const documents = [ours, theirs?.document].filter((one) => one !== undefined);
  const goes = (table: string, chain: string): boolean =>
    ours !== undefined && chain.startsWith(CHAIN_PREFIX) ||
    (theirs?.chains.has(`${table}/${chain}`) ?? false);
  const staying: { rule: string; of: string }[] = [];
  for (const [table, { chains }] of parseSaved(text)) {
    for (const [chain, rules] of chains) {
      if (goes(table, chain)) continue;
      const of = `chain ${chain} of ${program} ${table}`;
      staying.push(...rules.map((rule) => ({ rule, of })));
    }
  }
  return {
    parts: documents.map((document) => ({
      ...{ backEnd, family, document },
      things: thingsOf(document, program),
    })),
    left: theirs?.left ?? [],
    staying,
  };
}

/** What a document deletes, in words. */
function thingsOf(document: string, program: string): readonly string[] {
  let table = "";
  return document.split("\n").flatMap((line) => {
    if (line.startsWith("*")) table = line.slice(1);
    const chain = /^-X (\S+)$/.exec(line)?.[1];
    if (chain !== undefined) return [`chain ${chain} of ${program} ${table}`];
    const jump = /^-D (\S+) .* -j (\S+)$/.exec(line);
    return jump === null
      ? []
      : [`jump ${jump[1]} to ${jump[2]} of ${program} ${table}`];
  });
}
