import type { CleanupReport } from "./cleanup/report.ts";
import type { CleanupRequest } from "./commands/cleanup.ts";
import type { MigrateRequest } from "./commands/migrate.ts";
import type { MigrationReport } from "./migrate/types.ts";
import type { ExplainRequest, Explanation } from "./explain.ts";
import type { CommandRunner } from "#apply";
import type { CommandLine } from "./command_line.ts";
import type { LogControl } from "#observe";
import type { ControlClient } from "./control/client.ts";
import type { Terminal } from "./terminal.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Settings } from "./settings_types.ts";
import type { ValueKind } from "./value_kinds.ts";

/** A command line of which only the form of the answer is asked. */
export type OutputLine = Pick<CommandLine, "text">;

/** What the commands need of the world around them. */
export interface Surroundings {
  /** Prints a line on standard output. */
  print(line: string): void;
  /** Prints a line on standard error. */
  complain(line: string): void;
  /** Text of a file. */
  readFile(path: string): Promise<string>;
  /** Writes a file, in place of one that is there. */
  writeFile(path: string, text: string): Promise<void>;
  /** Writes a file that root alone can read, or standard output ("-"). */
  writePrivately(path: string, content: Uint8Array): Promise<void>;
  /** A way to the agent whose run directory this is. */
  control(runDir: string): ControlClient;
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Now, ms since 1970. */
  nowMs(): number;
  /** Waits so long; throws when the signal comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Aborted when the program is told to end. */
  readonly signal: AbortSignal;
  /** The terminal, where there is one. */
  readonly terminal: Terminal;
  /**
   * Runs the agent to its end; `reread` reads flags and file again, `logs` are
   * those that were set up.
   */
  run(
    settings: Settings,
    reread: () => Promise<Settings>,
    logs: LogControl,
  ): Promise<ExitCode>;
  /** Looks whether the node has what the agent needs. */
  check(settings: Settings, line: OutputLine): Promise<ExitCode>;
  /** Follows a packet through the kernel's tables. */
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Takes away what the agent made. */
  cleanUp(request: CleanupRequest): Promise<CleanupReport>;
  /** Moves this node over from kube-proxy, or back. */
  migrate(request: MigrateRequest): Promise<MigrationReport>;
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
  /** Exit codes that it alone has, as lines of its help. */
  readonly exitCodes?: readonly string[];
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
