import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../mod/cli/command_table.ts";
import { completionScript, SHELLS } from "../../mod/cli/completion.ts";
import { call } from "./surroundings.ts";

const NOTHING = { permissions: "none" } as const;

for (const shell of SHELLS) {
  Deno.test(
    `completion ${shell} knows every command and flag`,
    NOTHING,
    async () => {
      const { code, out } = await call(["completion", shell]);
      const script = out.join("\n");
      assertEquals([code, script], [0, completionScript(shell, COMMANDS)]);
      assertStringIncludes(script, "help");
      for (const { name, flags, words = [] } of COMMANDS) {
        assertStringIncludes(script, name);
        for (const word of words) assertStringIncludes(script, word);
        for (const { flag, short } of flags) {
          if (short !== undefined) {
            const letter = shell === "fish" ? `-s ${short} ` : `-${short}`;
            assertStringIncludes(script, letter);
          }
          const written = shell === "fish"
            ? flag.length === 1 ? `-s ${flag}` : `-l ${flag} `
            : flag.length === 1
            ? `-${flag}`
            : `--${flag}`;
          assertStringIncludes(script, written);
        }
      }
      const quotes = script.replaceAll("'\\''", "").replaceAll("\\'", "")
        .split("'").length - 1;
      assert(quotes % 2 === 0, "quotes are balanced");
    },
  );
}

Deno.test("completion refuses other shells", NOTHING, async () => {
  const { code, err } = await call(["completion", "tcsh"]);
  assertEquals([code, err], [2, [
    'Cannot complete in "tcsh": allowed is one of bash, zsh, fish',
  ]]);
});
