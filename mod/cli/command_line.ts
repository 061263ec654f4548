import type { CommandFlag } from "./command.ts";
import { UsageError } from "./exit_code.ts";
import { suggest } from "./suggest.ts";
import { BOOLEAN, isAllowed } from "./value_kinds.ts";

/** What the command line of a command may hold. */
export interface LineSpec {
  /** Name of the command. */
  readonly command: string;
  /** Its flags. */
  readonly flags: readonly CommandFlag[];
  /** Names of its arguments; those in brackets may be left out. */
  readonly arguments?: readonly string[];
}

/** A command line, read. */
export interface CommandLine {
  /** Arguments, in order. */
  readonly arguments: readonly string[];
  /** Whether a switch is on. */
  isOn(flag: string): boolean;
  /** Text of a flag; undefined when it was not given. */
  text(flag: string): string | undefined;
}

/**
 * Reads flags and arguments in any order: `--name=value`, `--name value`,
 * `-n value`, `--switch`; what follows `--` is an argument.
 *
 * @throws {UsageError} naming everything that is wrong
 */
export function parseCommandLine(
  args: readonly string[],
  spec: LineSpec,
): CommandLine {
  const errors: string[] = [];
  const values = new Map<string, unknown>();
  const found: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") found.push(...rest.splice(0));
    else if (!arg.startsWith("-") || arg === "-") found.push(arg);
    else takeFlag(arg, rest, { spec, values, errors });
  }
  checkArguments(found, spec, errors);
  if (errors.length > 0) throw new UsageError(errors);
  return {
    arguments: found,
    isOn: (flag) => values.get(flag) === true,
    text: (flag) => {
      const value = values.get(flag);
      return value === undefined ? undefined : String(value);
    },
  };
}

function takeFlag(
  arg: string,
  rest: string[],
  { spec, values, errors }: {
    readonly spec: LineSpec;
    readonly values: Map<string, unknown>;
    readonly errors: string[];
  },
): void {
  const [, dashes = "", name = "", hasValue, given = ""] =
    /^(--?)([^=]*)(=?)([^]*)$/.exec(arg) ?? [];
  const flag = spec.flags.find(({ flag, short }) =>
    dashes === "--" ? flag === name.replaceAll("_", "-") : short === name
  );
  if (flag === undefined) {
    const meant = suggest(name, spec.flags.map((one) => one.flag));
    errors.push(
      `Cannot use flag ${dashes}${name}: unknown to "${spec.command}"; ` +
        (meant === undefined ? "see --help" : `did you mean --${meant}?`),
    );
    return;
  }
  const text = hasValue === "="
    ? given
    : flag.kind === BOOLEAN
    ? "true"
    : rest.shift();
  const value = text === undefined ? undefined : flag.kind.parse(text);
  if (value === undefined || !isAllowed(flag.kind, value)) {
    errors.push(
      `Cannot use flag --${flag.flag}${
        text === undefined ? "" : `="${text}"`
      }: allowed is ${flag.kind.allowed}`,
    );
  } else values.set(flag.flag, value);
}

function checkArguments(
  found: readonly string[],
  { command, arguments: names = [] }: LineSpec,
  errors: string[],
): void {
  const needed = names.filter((name) => !name.startsWith("["));
  if (found.length >= needed.length && found.length <= names.length) return;
  const usage = ["kube-proxy", command, ...names].join(" ");
  const what = found.length < needed.length
    ? `it needs ${needed.slice(found.length).join(" and ")}`
    : `"${found[names.length]}" is one argument too many`;
  errors.push(`Cannot run "${command}": ${what}; write "${usage}"`);
}
