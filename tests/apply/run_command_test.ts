import { assertEquals, assertRejects } from "@std/assert";
import { CommandError } from "#apply";
import {
  batchFailed,
  nonEmptyLines,
  runBatch,
  runCommand,
} from "../../mod/apply/run_command.ts";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "runCommand() gives standard output, or throws what was said",
  PURE,
  async () => {
    const runner = new ScriptedRunner(
      { stdout: "yes", stderr: "# Warning: other tables" },
      { code: 3, stderr: "a\nb\n" },
      { code: 124 },
    );
    assertEquals(await runCommand(runner, ["ip"]), "yes");
    await assertRejects(
      () => runCommand(runner, ["ip"]),
      CommandError,
      'Cannot run "ip": exit code 3: a; b',
    );
    const timeout = await assertRejects(
      () => runCommand(runner, ["ip"]),
      CommandError,
      "did not end in time",
    );
    assertEquals(timeout.failure, "timeout");
  },
);

Deno.test("runBatch() ends every line", PURE, async () => {
  const runner = new ScriptedRunner({}, {});
  await runBatch(runner, ["ip"], ["a", "b"]);
  await runBatch(runner, ["ip"], []);
  assertEquals(runner.asked.map(({ stdin }) => stdin), ["a\nb\n", ""]);
});

Deno.test("batchFailed() tells first that the time was over", PURE, () => {
  const result = { code: 124, stdout: "", stderr: "No such service\n" };
  const error = batchFailed(["ip"], result, nonEmptyLines(result.stderr));
  assertEquals(error.failure, "timeout");
  assertEquals(error.refusals, [
    "it did not end in time and was killed",
    "No such service",
  ]);
});
