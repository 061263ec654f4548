import { assertEquals } from "@std/assert";
import { formatDuration, parseDuration } from "../../mod/cli/duration.ts";

const NOTHING = { permissions: "none" } as const;

for (
  const [text, ms] of [
    ["0", 0],
    ["0s", 0],
    ["30s", 30_000],
    ["200ms", 200],
    ["1h0m0s", 3_600_000],
    ["1m30s", 90_000],
    ["1.5s", 1_500],
    [".5m", 30_000],
    ["250us", 0.25],
    ["-1s", -1_000],
    ["2h10m0s", 7_800_000],
    ["", undefined],
    ["30", undefined],
    ["s", undefined],
    ["1d", undefined],
    ["1s ", undefined],
    ["1s,2s", undefined],
  ] as const
) {
  Deno.test(`parseDuration() reads "${text}" as ${ms}`, NOTHING, () => {
    assertEquals(parseDuration(text), ms);
  });
}

for (
  const [ms, text] of [
    [0, "0s"],
    [200, "200ms"],
    [1_500, "1.5s"],
    [30_000, "30s"],
    [90_000, "1m30s"],
    [3_600_000, "1h0m0s"],
    [-90_000, "-1m30s"],
  ] as const
) {
  Deno.test(
    `formatDuration() writes ${ms} as "${text}", which reads back`,
    NOTHING,
    () => {
      assertEquals(formatDuration(ms), text);
      assertEquals(parseDuration(text), ms);
    },
  );
}
