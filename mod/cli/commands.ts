import { setUpLogs } from "#observe";
import { type ConfigFile, parseConfigFile } from "./config_file.ts";
import {
  EXIT,
  type ExitCode,
  PrerequisiteError,
  UsageError,
} from "./exit_code.ts";
import { parseRunFlags } from "./flags.ts";
import { helpOf } from "./help.ts";
import { resolveSettings } from "./settings.ts";
import type { Settings } from "./settings_types.ts";
import { suggest } from "./suggest.ts";
import { describeVersion } from "./version.ts";

/** What the commands need of the world around them. */
export interface Surroundings {
  /** Prints a line on standard output. */
  print(line: string): void;
  /** Prints a line on standard error. */
  complain(line: string): void;
  /** Text of a file. */
  readFile(path: string): Promise<string>;
  /** Runs the agent to its end. */
  run(settings: Settings): Promise<ExitCode>;
  /** Looks whether the node has what the agent needs. */
  check(settings: Settings): Promise<ExitCode>;
}

const COMMANDS = ["run", "check", "config", "version", "help"] as const;

async function readSettings(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Settings> {
  const flags = parseRunFlags(args);
  const path = flags.run.get("config");
  if (typeof path !== "string" || path === "") return resolveSettings(flags);
  return resolveSettings(flags, await readConfigFile(path, surroundings));
}

async function readConfigFile(
  path: string,
  surroundings: Surroundings,
): Promise<ConfigFile> {
  let text: string;
  try {
    text = await surroundings.readFile(path);
  } catch (error) {
    throw new UsageError([`Cannot read ${path}: ${messageOf(error)}`]);
  }
  return parseConfigFile(text, path);
}

async function checkConfig(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const [verb, path, ...rest] = args;
  if (verb !== "check" || path === undefined || rest.length > 0) {
    throw new UsageError([
      'Cannot run "config": write "kube-proxy config check FILE"',
    ]);
  }
  const file = await readConfigFile(path, surroundings);
  const settings = resolveSettings(parseRunFlags([]), file);
  for (const warning of settings.warnings) {
    surroundings.print(`warn  ${warning}`);
  }
  surroundings.print(`ok    ${path}`);
  return EXIT.success;
}

async function dispatch(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const [first = "help", ...rest] = args;
  const isCommand = !first.startsWith("-");
  if (["--help", "-h", "help"].includes(first)) {
    surroundings.print(helpOf(rest[0]));
    return EXIT.success;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    surroundings.print(helpOf(isCommand ? first : "run"));
    return EXIT.success;
  }
  if (first === "--version" || first === "version") {
    surroundings.print(describeVersion());
    return EXIT.success;
  }
  if (first === "config") return await checkConfig(rest, surroundings);
  if (isCommand && first !== "run" && first !== "check") {
    const meant = suggest(first, COMMANDS);
    const hint = meant === undefined ? "see --help" : `did you mean ${meant}?`;
    throw new UsageError([`Cannot run "${first}": no such command; ${hint}`]);
  }
  const settings = await readSettings(isCommand ? rest : args, surroundings);
  setUpLogs({ format: settings.logFormat, verbosity: settings.verbosity });
  return first === "check"
    ? await surroundings.check(settings)
    : await surroundings.run(settings);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
      for (const line of error.lines) surroundings.complain(line);
      return error instanceof UsageError ? EXIT.usage : EXIT.prerequisite;
    }
    surroundings.complain(messageOf(error));
    return EXIT.failure;
  }
}
