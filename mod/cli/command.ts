import type { ExitCode } from "./exit_code.ts";
import type { Settings } from "./settings_types.ts";
import type { ValueKind } from "./value_kinds.ts";

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

/** A flag of a command. */
export interface CommandFlag {
  /** Name without dashes: "output". */
  readonly flag: string;
  /** One letter that means the same: "o"; absent: none. */
  readonly short?: string;
  /** What it may be. */
  readonly kind: ValueKind;
  /** What it means; begins small, ends without a stop. */
  readonly meaning: string;
  /** Values that the shell may offer; absent: none. */
  readonly values?: readonly string[];
}

/** One command; `command_table.ts` lists them all. */
export interface Command {
  /** The word that names it. */
  readonly name: string;
  /** One line for the overview; begins small, ends without a stop. */
  readonly summary: string;
  /** What follows its name: "TARGET [flags]". */
  readonly usage: string;
  /** What it does: lines for its help. */
  readonly about: readonly string[];
  /** Its flags, in the order of its help. */
  readonly flags: readonly CommandFlag[];
  /** Whether its flags are told by the help of another command. */
  readonly hidesFlags?: boolean;
  /** Ways to call it, and what for. */
  readonly examples: readonly string[];
  /** Words that may follow its name, for the shell; absent: none. */
  readonly words?: readonly string[];
  /** More lines for the end of its help; absent: the exit codes alone. */
  readonly notes?: readonly string[];
  /**
   * Runs it.
   *
   * @throws {UsageError} when the arguments are wrong
   */
  run(
    args: readonly string[],
    surroundings: Surroundings,
  ): Promise<ExitCode>;
}
