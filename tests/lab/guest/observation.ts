/**
 * What a service proxy could have changed on a node, as text for comparing
 * before and after.
 *
 * @module
 */

import { must, type Place } from "./process.ts";

/** A node's kernel state, each as its tool saves it, sorted where unordered. */
export interface ObservedNode {
  /** `ipvsadm -Sn`. */
  readonly ipvs: string;
  /** `ipset save`. */
  readonly sets: string;
  /** `iptables-save`, without counters and comments. */
  readonly rules4: string;
  /** `ip6tables-save`, without counters and comments. */
  readonly rules6: string;
  /** Links and addresses. */
  readonly addresses: string;
  /** Routes of both families, all tables. */
  readonly routes: string;
}

const CUT = "=== cut ===";

const COMMANDS = [
  "ipvsadm -Sn 2>/dev/null",
  "ipset save",
  "iptables-save",
  "ip6tables-save",
  "ip -o addr show",
  "ip route show table all; ip -6 route show table all",
];

/** Reads all of it with one entry into the node. */
export async function observe(node: Place): Promise<ObservedNode> {
  const script = COMMANDS.join(`; echo '${CUT}'; `);
  const text = await must(node, ["sh", "-c", script]);
  const [
    ipvs = "",
    sets = "",
    rules4 = "",
    rules6 = "",
    addresses = "",
    routes = "",
  ] = text.split(`${CUT}\n`);
  return {
    ipvs: sorted(ipvs),
    sets: sorted(
      sets.replace(/ initval \S+/g, "").replace(/ bucketsize \d+/g, ""),
    ),
    rules4: plainRules(rules4),
    rules6: plainRules(rules6),
    // A device that was made again has another number.
    addresses: addresses.replace(/^\d+: /gm, "")
      .replace(/ +(valid|preferred)_lft \S+/g, ""),
    routes: sorted(routes.replace(/ pref medium/g, "")),
  };
}

/** The lines that are in one text only, marked - and +; "" when equal. */
export function difference(before: ObservedNode, after: ObservedNode): string {
  const lines: string[] = [];
  for (const key of Object.keys(before) as (keyof ObservedNode)[]) {
    const old = before[key].split("\n");
    const now = after[key].split("\n");
    for (const line of old) {
      if (!now.includes(line)) lines.push(`- ${key}: ${line}`);
    }
    for (const line of now) {
      if (!old.includes(line)) lines.push(`+ ${key}: ${line}`);
    }
  }
  return lines.join("\n");
}

function sorted(text: string): string {
  return text.split("\n").filter((line) => line !== "").sort().join("\n");
}

function plainRules(text: string): string {
  return text.split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ""))
    .join("\n");
}
