import { assertEquals } from "@std/assert";
import {
  EXIT,
  PrerequisiteError,
  UsageError,
} from "../../mod/cli/exit_code.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("EXIT has a code of its own for each outcome", NOTHING, () => {
  assertEquals(EXIT, {
    ...{ success: 0, failure: 1, usage: 2, prerequisite: 3 },
    different: 4,
  });
});

Deno.test("UsageError and PrerequisiteError keep every line", NOTHING, () => {
  for (
    const error of [
      new UsageError(["a", "b"]),
      new PrerequisiteError(["a", "b"]),
    ]
  ) {
    assertEquals([error.lines, error.message], [["a", "b"], "a\nb"]);
  }
});
