/**
 * The skeleton of rules: constant in size, whatever the number of Services.
 * All that depends on Services is in the sets of `sets.ts`.
 *
 * IPVS takes a client's packet in LOCAL_IN, after filter INPUT, and the
 * node's own in LOCAL_OUT, after mangle and nat OUTPUT and before filter
 * OUTPUT. So a client is filtered in INPUT, where its packet still names the
 * frontend, and the node in mangle OUTPUT.
 *
 * Rules are written as `iptables-save` prints them, so that what is on the
 * host can be compared with them as text.
 *
 * @module
 */
import { filterTable } from "./rules_filter.ts";
import { natTable } from "./rules_nat.ts";
import {
  inSet,
  insideSources,
  join,
  NEW,
  notInSet,
  type RuleTable,
} from "./rules_parts.ts";
import type { RuleOptions } from "./rule_options.ts";
import { setName } from "./sets.ts";

/**
 * All rules of one family. The same options give the same text.
 *
 * @returns tables in the order in which they are to be written: packets are
 * marked and masqueraded before anything is let in
 */
export function planRules(options: RuleOptions): readonly RuleTable[] {
  return [mangleTable(options), natTable(options), filterTable(options)];
}

/**
 * Firewall marks of policy Local, and the node's own connections to frontends
 * with source ranges, which never pass INPUT.
 */
function mangleTable(options: RuleOptions): RuleTable {
  const { family } = options;
  const setMark = `${inSet(family, "mark", "dst,dst")} ${NEW} -j SET ` +
    `--map-set ${setName("mark", family)} dst,dst --map-mark`;
  return {
    table: "mangle",
    chains: [
      {
        name: "KUBE-VS-MARK",
        rules: insideSources(options).map((source) => join(source, setMark)),
      },
      {
        name: "KUBE-VS-MARK-OUT",
        rules: [
          `${inSet(family, "restricted", "dst,dst")} ` +
          `${notInSet(family, "source-ranges", "dst,dst,src")} -j DROP`,
          setMark,
        ],
      },
    ],
    jumps: [
      { from: "PREROUTING", to: "KUBE-VS-MARK", beforeNat: false },
      { from: "OUTPUT", to: "KUBE-VS-MARK-OUT", beforeNat: false },
    ],
  };
}
