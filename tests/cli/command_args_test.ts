import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandArgs } from "../../mod/cli/command_args.ts";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { BOOLEAN, integer, TEXT } from "../../mod/cli/value_kinds.ts";

const NOTHING = { permissions: "none" } as const;
const FLAGS = {
  flags: [
    { flag: "output", short: "o", kind: TEXT, meaning: "how" },
    { flag: "force", kind: BOOLEAN, meaning: "all the same" },
    { flag: "top", kind: integer(1, 9), meaning: "how many" },
  ],
};

const CASES: readonly (readonly [
  args: string[],
  words: string[],
  values: Record<string, unknown>,
])[] = [
  [[], [], {}],
  [["a", "b"], ["a", "b"], {}],
  [["a", "-o", "json", "b"], ["a", "b"], { output: "json" }],
  [["-o=json", "--force", "a"], ["a"], { output: "json", force: true }],
  [["--force=false", "--top", "3"], [], { force: false, top: 3 }],
];

for (const [args, words, values] of CASES) {
  Deno.test(`parseCommandArgs() reads "${args.join(" ")}"`, NOTHING, () => {
    const parsed = parseCommandArgs(args, FLAGS);
    assertEquals(parsed.words, words);
    assertEquals(Object.fromEntries(parsed.values), values);
  });
}

for (const args of [["--nothing"], ["--top", "12"], ["--top"], ["-x"]]) {
  Deno.test(`parseCommandArgs() refuses "${args.join(" ")}"`, NOTHING, () => {
    assertThrows(() => parseCommandArgs(args, FLAGS), UsageError, "Cannot ");
  });
}
