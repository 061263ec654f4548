/**
 * The table of cases: `cases/*.yaml` can be read without this code. Each case
 * is run in IPv4, IPv6 and dual-stack form unless it names its forms.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CASES, UNCOVERED } from "./cases.ts";
import { checkCase, formsOf } from "./check.ts";

const LAST_NUMBER = 197;

for (const [index, item] of CASES.entries()) {
  const number = item.number === undefined
    ? ""
    : ` [13.${[item.number].flat().join(", 13.")}]`;
  Deno.test({
    name: `case ${index + 1}${number}: ${item.name}`,
    permissions: "none",
    fn: async (t) => {
      for (const form of formsOf(item)) {
        await t.step(form, () => checkCase(item, form));
      }
    },
  });
}

Deno.test("every number of section 13 has a case or a reason", {
  permissions: "none",
}, () => {
  const covered = new Set(CASES.flatMap((item) => item.number ?? []).flat());
  const reasons = new Map(
    UNCOVERED.flatMap(({ numbers, why }) =>
      numbers.map((number) => [number, why] as const)
    ),
  );
  const runs = CASES.flatMap((item) => [...formsOf(item)]).length;
  const lines = UNCOVERED.map(({ numbers, why }) =>
    `  ${numbers.join(" ")}: ${why}`
  );
  // deno-lint-ignore no-console -- the count is asked for
  console.log(
    `${CASES.length} cases, ${runs} runs; ${covered.size} numbers of section ` +
      `13 have cases, ${reasons.size} do not:\n${lines.join("\n")}`,
  );
  const all = Array.from({ length: LAST_NUMBER }, (_, index) => index + 1);
  const missing = all.filter((n) => !covered.has(n) && !reasons.has(n));
  const both = all.filter((n) => covered.has(n) && reasons.has(n));
  assertEquals({ missing, both }, { missing: [], both: [] });
  assert(CASES.length >= 250, "at least 250 cases");
});
