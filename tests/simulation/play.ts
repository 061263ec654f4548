/**
 * Plays histories: `play.ts SEED`, or `play.ts FROM TO`. Prints what failed,
 * with the command that plays it again.
 *
 * @module
 */
import { playHistory } from "./history.ts";

const [from = 1, to = from] = Deno.args.map(Number);
let failed = 0;
for (let seed = from; seed <= to; seed++) {
  const { violations, steps } = await playHistory(seed);
  if (violations.length === 0) continue;
  failed++;
  // deno-lint-ignore no-console -- a command's output
  console.log(
    `seed ${seed}:\n  ${violations.join("\n  ")}\n  steps: ${
      steps.join(", ")
    }` +
      `\n  replay: deno run tests/simulation/play.ts ${seed}`,
  );
}
// deno-lint-ignore no-console -- a command's output
console.log(`${to - from + 1 - failed} passed, ${failed} failed`);
if (failed > 0) Deno.exit(1);
