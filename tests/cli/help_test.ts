import { assert, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../mod/cli/command_table.ts";
import { FIELDS } from "../../mod/cli/fields.ts";
import { helpOf } from "../../mod/cli/help.ts";
import { RUN_FLAGS } from "../../mod/cli/run_flags.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("helpOf() says every exit code", NOTHING, () => {
  for (const code of [0, 1, 2, 3]) {
    assertStringIncludes(helpOf(), `  ${code}  `);
  }
});

Deno.test("helpOf() has an example for each command", NOTHING, () => {
  for (const { name } of COMMANDS) {
    assertStringIncludes(helpOf(name), `Examples:\n  kube-proxy ${name}`);
    assertStringIncludes(helpOf(), `  kube-proxy ${name}`);
  }
});

Deno.test(
  "helpOf('run') names every flag that is honoured and no other",
  NOTHING,
  () => {
    const help = helpOf("run");
    const flags = [
      ...FIELDS.map(({ flag, use }) => ({ flag, shown: use === "honoured" })),
      ...RUN_FLAGS.map(({ flag, refused }) => ({ flag, shown: !refused })),
    ];
    for (const { flag = "", shown } of flags) {
      if (flag === "") continue;
      const line = flag.length === 1 ? `  -${flag}\n` : `  --${flag}\n`;
      assert(help.includes(line) === shown, flag);
    }
  },
);
