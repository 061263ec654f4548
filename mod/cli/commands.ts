import { isForbidden } from "#apply";
import { redact } from "#observe";
import type { Surroundings } from "./command.ts";
import { commandOf, COMMANDS } from "./command_table.ts";
import { RUN } from "./commands/run.ts";
import {
  EXIT,
  type ExitCode,
  PrerequisiteError,
  UsageError,
} from "./exit_code.ts";
import { helpOf } from "./help.ts";
import { suggest } from "./suggest.ts";
import { describeVersion } from "./version.ts";

const HELP_FLAGS = ["--help", "-h"];

async function dispatch(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const [first = "help", ...rest] = args;
  const isCommand = !first.startsWith("-");
  if (HELP_FLAGS.includes(first) || first === "help") {
    return help(rest[0], surroundings);
  }
  if (rest.some((arg) => HELP_FLAGS.includes(arg))) {
    return help(isCommand ? first : RUN.name, surroundings);
  }
  if (first === "--version") {
    surroundings.print(describeVersion());
    return EXIT.success;
  }
  if (!isCommand) return await RUN.run(args, surroundings);
  const command = commandOf(first);
  if (command !== undefined) return await command.run(rest, surroundings);
  throw noSuchCommand("run", first);
}

function help(name: string | undefined, { print }: Surroundings): ExitCode {
  const isKnown = name === undefined || name.startsWith("-") ||
    commandOf(name) !== undefined;
  if (!isKnown) throw noSuchCommand("help with", name);
  print(helpOf(name));
  return EXIT.success;
}

function noSuchCommand(verb: string, name: string): UsageError {
  const meant = suggest(name, COMMANDS.map((command) => command.name));
  const hint = meant === undefined ? "see --help" : `did you mean ${meant}?`;
  return new UsageError([`Cannot ${verb} "${name}": no such command; ${hint}`]);
}

/** What is wrong; who may not do it is told who may. */
function complaintOf(
  error: unknown,
  [command = ""]: readonly string[],
): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!isForbidden(error)) return message;
  const isPlain = message.startsWith("Cannot ");
  const what = isPlain ? message : `Cannot run "${command}": ${message}`;
  return `${what}; run this as root`;
}

/** Runs the command that the arguments name and gives its exit code. */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    if (error instanceof UsageError || error instanceof PrerequisiteError) {
      for (const line of error.lines) surroundings.complain(redact(line));
      return error instanceof UsageError ? EXIT.usage : EXIT.prerequisite;
    }
    surroundings.complain(redact(complaintOf(error, args)));
    return EXIT.failure;
  }
}
