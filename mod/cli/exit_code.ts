/** What the program's exit code says. */
export const EXIT = {
  /** All went well. */
  success: 0,
  /** It failed while it ran. */
  failure: 1,
  /** A flag, an argument or the configuration is wrong; nothing was done. */
  usage: 2,
  /** The node lacks a module or a tool; nothing was touched. */
  prerequisite: 3,
  /** `diff` found that the kernel is not as it should be. */
  different: 4,
} as const;

/** One of the exit codes. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** Wrong usage or configuration: all that is wrong, one line each. */
export class UsageError extends Error {
  /** Lines for the user. */
  readonly lines: readonly string[];

  /** Takes everything that is wrong, not only the first. */
  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "UsageError";
    this.lines = lines;
  }
}

/** What the node lacks: one line for each, with how to get it. */
export class PrerequisiteError extends Error {
  /** Lines for the user. */
  readonly lines: readonly string[];

  /** Takes everything that is missing, not only the first. */
  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "PrerequisiteError";
    this.lines = lines;
  }
}
