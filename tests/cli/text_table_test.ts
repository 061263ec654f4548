import { assertEquals } from "@std/assert";
import {
  formatCount,
  formatSpan,
  formatTable,
} from "../../mod/cli/text_table.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("formatTable() aligns, indents, cuts", NOTHING, () => {
  const rows = [["a", "10", "x"], ["long", "5"]];
  assertEquals(formatTable(rows, { right: [1], indent: "  " }), [
    "  a     10  x",
    "  long   5",
  ]);
  assertEquals(formatTable(rows, { width: 4 }), ["a   ", "long"]);
  assertEquals(formatTable([]), []);
});

for (
  const [ms, text] of [
    [0, "0s"],
    [-5, "0s"],
    [59_400, "59s"],
    [60_000, "1m"],
    [61_000, "1m1s"],
    [3_600_000, "1h"],
    [90_061_000, "1d1h"],
    [86_400_000 + 60_000, "1d"],
  ] as const
) {
  Deno.test(`formatSpan(${ms}) is ${text}`, NOTHING, () => {
    assertEquals(formatSpan(ms), text);
  });
}

for (
  const [count, text] of [
    [0, "0"],
    [999, "999"],
    [1_000, "1.0k"],
    [1_234, "1.2k"],
    [99_949, "100k"],
    [999_499, "999k"],
    [999_500, "1.0M"],
    [5e12, "5.0T"],
    [5e15, "5P"],
  ] as const
) {
  Deno.test(`formatCount(${count}) is ${text}`, NOTHING, () => {
    assertEquals(formatCount(count), text);
  });
}
