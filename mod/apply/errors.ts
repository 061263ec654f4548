import type { Argv } from "./types.ts";

/**
 * Why a command did not do its work.
 *
 * - `missing`: there is no such program
 * - `denied`: Deno's permissions do not allow it
 * - `timeout`: it was killed for its time
 * - `aborted`: the caller gave up
 * - `failed`: it ran and said no
 */
export type CommandFailure =
  | "missing"
  | "denied"
  | "timeout"
  | "aborted"
  | "failed";

/** What is known of a command that failed. */
export interface CommandErrorOptions {
  /** Why. */
  readonly failure: CommandFailure;
  /** Exit code; absent when it never ran. */
  readonly code?: number;
  /** Standard error; absent when it never ran. */
  readonly stderr?: string;
  /** What lies beneath. */
  readonly cause?: unknown;
}

/** A command that could not be started, or that failed. */
export class CommandError extends Error {
  /** Tells the classes apart in a log. */
  override readonly name: string = "CommandError";
  /** Program and its parameters. */
  readonly argv: Argv;
  /** Why it failed. */
  readonly failure: CommandFailure;
  /** Exit code; undefined when it never ran. */
  readonly code: number | undefined;
  /** Standard error; empty when it never ran. */
  readonly stderr: string;

  /** Names the command; `reason` completes "Cannot run \"X\": ". */
  constructor(argv: Argv, reason: string, options: CommandErrorOptions) {
    super(
      `Cannot run "${argv.join(" ")}": ${reason}`,
      { cause: options.cause },
    );
    this.argv = argv;
    this.failure = options.failure;
    this.code = options.code;
    this.stderr = options.stderr ?? "";
  }
}

/**
 * A batch of which some part was not done. What was done is not known for
 * sure: list again what it touched.
 */
export class BatchError extends CommandError {
  /** Tells the classes apart in a log. */
  override readonly name: string = "BatchError";
  /** The tool's sentences, one for each refusal that it told of. */
  readonly refusals: readonly string[];

  /** Names the command and the first refusals. */
  constructor(
    argv: Argv,
    refusals: readonly string[],
    options: Omit<CommandErrorOptions, "failure"> & {
      readonly failure?: CommandFailure;
    },
  ) {
    super(argv, describeRefusals(refusals, options.code), {
      failure: "failed",
      ...options,
    });
    this.refusals = refusals;
  }
}

const SHOWN_REFUSALS = 3;

function describeRefusals(
  refusals: readonly string[],
  code: number | undefined,
): string {
  const shown = refusals.slice(0, SHOWN_REFUSALS).join("; ");
  const rest = refusals.length - SHOWN_REFUSALS;
  const more = rest > 0 ? `; and ${rest} more` : "";
  return `exit code ${code ?? "none"}: ${shown || "no message"}${more}`;
}

/** Whether it says that something to be made is there already. */
export function isAlreadyExists(error: unknown): boolean {
  return saysAny(error, [
    "already exists",
    "already added",
    "File exists",
  ]);
}

/** Whether it says that something to be changed or deleted is absent. */
export function isNotFound(error: unknown): boolean {
  return saysAny(error, [
    "No such service",
    "Service not defined",
    "No such destination",
    "does not exist",
    "it's not added",
    "Cannot assign requested address",
    "Cannot find device",
  ]);
}

/** Whether it says that another program holds the lock of iptables. */
export function isLockHeld(error: unknown): boolean {
  return saysAny(error, ["holding the xtables lock", "Can't lock "]);
}

/** Whether a sentence of ip(8) says that the route to delete is absent. */
export function isAbsentRoute(sentence: string): boolean {
  return sentence === "RTNETLINK answers: No such process";
}

/** Whether it says that a set is named by a rule and so cannot be deleted. */
export function isSetInUse(error: unknown): boolean {
  return saysAny(error, ["it is in use by a kernel component"]);
}

/** Whether it says that the kernel has no such table: then nothing is there. */
export function isNoSuchTable(error: unknown): boolean {
  return saysAny(error, [
    "Protocol not available", // ipvsadm without IPVS
    "FIB table does not exist", // ip without IPv6
  ]);
}

/** Whether the user that runs it may not do it: a tool says so, or the host. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || saysAny(error, [
    "Permission denied",
    "Operation not permitted",
    "must be root",
  ]);
}

/**
 * English is matched because every command runs under LC_ALL=C and none of
 * these tools has an exit code for it.
 */
function saysAny(error: unknown, sentences: readonly string[]): boolean {
  return error instanceof CommandError &&
    sentences.some((sentence) => error.stderr.includes(sentence));
}
