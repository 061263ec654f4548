import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../mod/cli/command_line.ts";
import { UsageError } from "../../mod/cli/exit_code.ts";
import { BOOLEAN, choice, TEXT } from "../../mod/cli/value_kinds.ts";

const NOTHING = { permissions: "none" } as const;
const SPEC = {
  command: "drain",
  flags: [
    { flag: "output", short: "o", kind: choice("json", "yaml"), meaning: "" },
    { flag: "once", kind: BOOLEAN, meaning: "" },
    { flag: "run-dir", kind: TEXT, meaning: "" },
  ],
  arguments: ["TARGET", "[MORE]"],
};

for (
  const [args, output, once, found] of [
    [["a"], undefined, false, ["a"]],
    [["-o", "json", "a"], "json", false, ["a"]],
    [["a", "-o=yaml", "b"], "yaml", false, ["a", "b"]],
    [["--output", "json", "--once", "a"], "json", true, ["a"]],
    [["a", "--once=false", "--run_dir=/x"], undefined, false, ["a"]],
    [["--", "-a"], undefined, false, ["-a"]],
    [["-"], undefined, false, ["-"]],
  ] as const
) {
  Deno.test(`parseCommandLine() reads ${args.join(" ")}`, NOTHING, () => {
    const line = parseCommandLine(args, SPEC);
    assertEquals(
      [line.text("output"), line.isOn("once"), line.arguments],
      [output, once, [...found]],
    );
  });
}

Deno.test("parseCommandLine() names everything that is wrong", NOTHING, () => {
  const args = ["--otput=json", "-o", "xml", "-x", "a", "b", "c", "--run-dir"];
  const error = assertThrows(() => parseCommandLine(args, SPEC), UsageError);
  assertEquals(error.lines, [
    'Cannot use flag --otput: unknown to "drain"; did you mean --output?',
    'Cannot use flag --output="xml": allowed is one of json, yaml',
    'Cannot use flag -x: unknown to "drain"; see --help',
    "Cannot use flag --run-dir: allowed is a text",
    'Cannot run "drain": "c" is one argument too many; write "kube-proxy drain TARGET [MORE]"',
  ]);
});

Deno.test(
  "parseCommandLine() names arguments that are missing",
  NOTHING,
  () => {
    const error = assertThrows(() => parseCommandLine([], SPEC), UsageError);
    assertEquals(error.lines, [
      'Cannot run "drain": it needs TARGET; write "kube-proxy drain TARGET [MORE]"',
    ]);
  },
);
