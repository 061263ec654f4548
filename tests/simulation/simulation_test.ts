/**
 * Random histories of one node: see README.md beside this file. CI plays 300
 * and those that once failed; `deno task sim` plays 10,000.
 *
 * @module
 */
import { playHistory } from "./history.ts";
import { failureText } from "./play_many.ts";
import { keptSeeds } from "./seeds.ts";

const HISTORIES = 300;

const seeds = new Set([
  ...await keptSeeds(),
  ...Array.from({ length: HISTORIES }, (_, index) => index + 1),
]);

for (const seed of seeds) {
  Deno.test({
    name: `history ${seed} keeps the invariants and converges`,
    permissions: "none",
    fn: async () => {
      const report = await playHistory(seed);
      if (report.violations.length > 0) throw new Error(failureText(report));
    },
  });
}
