import { assert, assertEquals } from "@std/assert";
import { commandOf, COMMANDS } from "../../mod/cli/command_table.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "COMMANDS have distinct names, each found by its name",
  NOTHING,
  () => {
    const names = COMMANDS.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
    for (const command of COMMANDS) {
      assertEquals(
        commandOf(command.name),
        command,
      );
    }
    assertEquals(commandOf("nothing"), undefined);
  },
);

Deno.test("COMMANDS say what they do in one line each", NOTHING, () => {
  for (const { name, summary, about } of COMMANDS) {
    assert(/^[^A-Z].{5,70}[^.]$/.test(summary), `${name}: ${summary}`);
    for (const line of about) assert(line.length <= 80, `${name}: ${line}`);
  }
});

Deno.test("COMMANDS have no flag twice", NOTHING, () => {
  for (const { name, flags } of COMMANDS) {
    const letters = flags.flatMap(({ flag, short }) => [flag, short ?? flag]);
    const all = flags.flatMap(({ flag, short }) =>
      short === undefined ? [flag] : [flag, short]
    );
    assertEquals(new Set(letters).size, all.length, name);
  }
});
