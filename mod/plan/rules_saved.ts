import { CHAIN_PREFIX } from "./rules_parts.ts";

/** What `iptables-save` said of one table, as far as it concerns us. */
export interface SavedTable {
  /** Rules of each chain in order, without `-A NAME`. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** Whether a chain bears our prefix. */
export function isOurs(chain: string): boolean {
  return chain.startsWith(CHAIN_PREFIX);
}

/** Reads what `iptables-save` printed, by table. */
export function parseSaved(saved: string): Map<string, SavedTable> {
  const tables = new Map<string, SavedTable>();
  let chains = new Map<string, string[]>();
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) {
      chains = new Map();
      tables.set(line.slice(1).trim(), { chains });
    } else if (line.startsWith(":")) {
      chains.set(line.slice(1).split(" ", 1)[0] ?? "", []);
    } else {
      const rule = /^(?:\[\d+:\d+\] )?-A (\S+) (.*)$/.exec(line);
      if (rule) chains.get(rule[1] ?? "")?.push((rule[2] ?? "").trimEnd());
    }
  }
  return tables;
}
