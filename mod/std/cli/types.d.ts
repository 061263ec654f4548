// Signatures as in @std/cli; only what is re-exported, in its untyped form.

/** Options of `parseArgs`. */
export interface ParseOptions {
  /** Names that are flags without a value. */
  boolean?: readonly string[];
  /** Names whose value is kept as text. */
  string?: readonly string[];
  /** Names that may come more than once. */
  collect?: readonly string[];
  /** Boolean names that `--no-NAME` negates. */
  negatable?: readonly string[];
  /** Other names of a flag. */
  alias?: Record<string, string | readonly string[]>;
  /** Values of what was not given. */
  default?: Record<string, unknown>;
  /** Stop at the first positional argument. */
  stopEarly?: boolean;
  /** Put what follows `--` under the key `--`. */
  "--"?: boolean;
  /** Called for what no option names; false leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
/** The parsed arguments; positional ones under `_`. */
export interface Args {
  // deno-lint-ignore no-explicit-any
  [name: string]: any;
  /** Positional arguments. */
  _: (string | number)[];
}
/** Parses command-line arguments. */
export declare function parseArgs(
  args: readonly string[],
  options?: ParseOptions,
): Args;
