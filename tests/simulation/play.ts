/**
 * Plays histories and prints what failed, with the command that plays it
 * again:
 *
 *     play.ts SEED            one, with all that happened
 *     play.ts FROM TO [JOBS]  many; JOBS of them at a time
 *     play.ts kept            those of seeds.txt
 *
 * @module
 */
import { playHistory } from "./history.ts";
import { keptSeeds } from "./seeds.ts";
import { playMany } from "./play_many.ts";

/** Says something on standard output. */
function print(line: string): void {
  // deno-lint-ignore no-console -- a command's output
  console.log(line);
}

async function playOne(seed: number): Promise<number> {
  const { violations } = await playHistory(seed, print);
  return violations.length;
}

const [first = "1", last, jobs = "1"] = Deno.args;
if (first !== "kept" && last === undefined) {
  Deno.exit(await playOne(Number(first)) > 0 ? 1 : 0);
}
const seeds = first === "kept" ? await keptSeeds() : Array.from(
  { length: Number(last) - Number(first) + 1 },
  (_, index) => Number(first) + index,
);
const startMs = performance.now();
const failed = await playMany(seeds, Number(jobs), print);
const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
print(
  `${seeds.length - failed} passed, ${failed} failed, ${seconds} s`,
);
if (failed > 0) Deno.exit(1);
