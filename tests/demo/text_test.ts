import { assertEquals } from "@std/assert";
import {
  countNames,
  formatCounts,
  formatMs,
  formatTable,
  total,
} from "./text.ts";

const PURE = { permissions: "none" } as const;

for (
  const [ms, text] of [
    [0.42, "0.4 ms"],
    [9.9, "9.9 ms"],
    [10.4, "10 ms"],
    [999.4, "999 ms"],
    [1_000, "1.0 s"],
    [61_740, "61.7 s"],
  ] as const
) {
  Deno.test(`formatMs() writes ${ms} as ${text}`, PURE, () => {
    assertEquals(formatMs(ms), text);
  });
}

Deno.test("countNames() counts each name, failures too", PURE, () => {
  const counts = countNames(["db-2", "db-3", "db-2", "timed-out"]);
  assertEquals(counts, { "db-2": 2, "db-3": 1, "timed-out": 1 });
});

Deno.test("formatCounts() puts the largest first, then by name", PURE, () => {
  assertEquals(formatCounts({ c: 1, b: 3, a: 3 }), "a 3, b 3, c 1");
});

Deno.test("formatCounts() says none when there is nothing", PURE, () => {
  assertEquals(formatCounts({}), "none");
  assertEquals(formatCounts({ refused: 0 }), "none");
});

Deno.test("total() adds all counts", PURE, () => {
  assertEquals(total({ refused: 2, reset: 3 }), 5);
  assertEquals(total({}), 0);
});

Deno.test(
  "formatTable() aligns columns and ends lines without blanks",
  PURE,
  () => {
    assertEquals(formatTable([["a", "long", "x"], ["longer", "b"]]), [
      "a       long  x",
      "longer  b",
    ]);
  },
);
