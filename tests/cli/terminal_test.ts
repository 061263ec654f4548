import { assert, assertEquals } from "@std/assert";
import { isEndKey, openTerminal } from "../../mod/cli/terminal.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("isEndKey() knows q, Ctrl-C and Ctrl-D", NOTHING, () => {
  assertEquals(["q", "Q", "\u0003", "\u0004", "x", "\u001b"].map(isEndKey), [
    ...[true, true, true, true],
    ...[false, false],
  ]);
});

Deno.test("a dumb terminal is no screen, and has a size", NOTHING, () => {
  for (const term of ["dumb", undefined]) {
    const terminal = openTerminal(() => term);
    assert(!terminal.isScreen);
    assert(terminal.size().columns > 0);
  }
});
