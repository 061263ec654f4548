import { CHAIN_PREFIX } from "./rules_parts.ts";

/** What `iptables-save` said of one table. */
export interface SavedTable {
  /** Rules of each chain in order, without `-A NAME` and counters. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Policies of built-in chains: "ACCEPT", "DROP". */
  readonly policies: ReadonlyMap<string, string>;
}

/** Whether a chain bears our prefix. */
export function isOurs(chain: string): boolean {
  return chain.startsWith(CHAIN_PREFIX);
}

/** Reads what `iptables-save` printed, by table. */
export function parseSaved(saved: string): Map<string, SavedTable> {
  const tables = new Map<string, SavedTable>();
  let chains = new Map<string, string[]>();
  let policies = new Map<string, string>();
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) {
      chains = new Map();
      policies = new Map();
      tables.set(line.slice(1).trim(), { chains, policies });
    } else if (line.startsWith(":")) {
      const [name = "", policy = "-"] = line.slice(1).split(" ", 2);
      chains.set(name, []);
      if (policy !== "-") policies.set(name, policy);
    } else {
      const rule = /^(?:\[\d+:\d+\] )?-A (\S+) (.*)$/.exec(line);
      if (rule) chains.get(rule[1] ?? "")?.push((rule[2] ?? "").trimEnd());
    }
  }
  return tables;
}

/** Target or chain that a rule leads to, by `-j` or `-g`; empty: none. */
export function targetOf(rule: string): string {
  return / -[jg] (\S+)/.exec(` ${rule}`)?.[1] ?? "";
}

/** How many rules `iptables-save` printed. */
export function countRules(saved: string): number {
  return saved.match(/^(?:\[\d+:\d+\] )?-A /gm)?.length ?? 0;
}
