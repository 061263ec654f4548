import { playHistory } from "./history.ts";
import { KEPT_SEEDS } from "./seeds.ts";

const HISTORIES = 60;

const seeds = [
  ...KEPT_SEEDS,
  ...Array.from({ length: HISTORIES }, (_, index) => index + 1),
];

for (const seed of seeds) {
  Deno.test({
    name: `history ${seed} keeps the invariants and converges`,
    permissions: "none",
    fn: async () => {
      const { violations, steps } = await playHistory(seed);
      if (violations.length === 0) return;
      throw new Error(
        `${violations.join("\n")}\nsteps: ${steps.join(", ")}\n` +
          `replay: deno run tests/simulation/play.ts ${seed}`,
      );
    },
  });
}
