import { BatchError, CommandError } from "./errors.ts";
import type { Argv, CommandResult, CommandRunner } from "./types.ts";

/** Exit code of a command that was killed for its time, as timeout(1)'s. */
export const TIMED_OUT = 124;

const BATCH_TIMEOUT_MS = 30_000;
const LINE_TIMEOUT_MS = 5;

/** Runs a command that has to succeed; standard error is then ignored. */
export async function runCommand(
  runner: CommandRunner,
  argv: Argv,
): Promise<string> {
  const result = await runner.run(argv);
  if (result.code !== 0) throw commandFailed(argv, result);
  return result.stdout;
}

/** The error for a command that ran and failed. */
export function commandFailed(argv: Argv, result: CommandResult): CommandError {
  const timedOut = result.code === TIMED_OUT;
  const said = result.stderr.trim().replaceAll("\n", "; ");
  return new CommandError(
    argv,
    timedOut
      ? "it did not end in time and was killed"
      : `exit code ${result.code}: ${said || "no message"}`,
    {
      failure: timedOut ? "timeout" : "failed",
      code: result.code,
      stderr: result.stderr,
    },
  );
}

/** Runs a batch; its time grows with its lines. */
export async function runBatch(
  runner: CommandRunner,
  argv: Argv,
  lines: readonly string[],
): Promise<CommandResult> {
  return await runner.run(argv, {
    stdin: lines.map((line) => `${line}\n`).join(""),
    timeoutMs: BATCH_TIMEOUT_MS + lines.length * LINE_TIMEOUT_MS,
  });
}

/** The error for a batch of which some part was refused. */
export function batchFailed(
  argv: Argv,
  result: CommandResult,
  refusals: readonly string[],
): BatchError {
  const timedOut = result.code === TIMED_OUT;
  const told = timedOut
    ? ["it did not end in time and was killed", ...refusals]
    : refusals;
  return new BatchError(argv, told, {
    failure: timedOut ? "timeout" : "failed",
    code: result.code,
    stderr: result.stderr,
  });
}

/** Lines that say something. */
export function nonEmptyLines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) =>
    line !== ""
  );
}
