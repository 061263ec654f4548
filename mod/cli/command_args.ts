import { parseArgs } from "@std/cli";
import type { Command } from "./command.ts";
import { UsageError } from "./exit_code.ts";
import { normaliseArgs } from "./flags.ts";

/** What the command line of a command says. */
export interface CommandArgs {
  /** Words that are no flags, in order. */
  readonly words: readonly string[];
  /** Values of flags by name. */
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * Reads the command line of a command by its own list of flags.
 *
 * @throws {UsageError} naming everything that is wrong
 */
export function parseCommandArgs(
  args: readonly string[],
  { flags }: Pick<Command, "flags">,
): CommandArgs {
  const byName = new Map(flags.map((flag) => [flag.flag, flag]));
  const long = new Map<string, string>(
    flags.flatMap(({ flag, short }) =>
      short === undefined ? [] : [[`-${short}`, `--${flag}`]] as const
    ),
  );
  const words: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-")) {
      words.push(arg);
      continue;
    }
    const [name = "", ...value] = arg.split("=");
    const full = [long.get(name) ?? name, ...value].join("=");
    rest.push(full);
    const kind = byName.get(full.replace(/^--/, ""))?.kind;
    // A switch takes no word; any other flag without "=" takes the next.
    if (
      kind !== undefined && kind.parse("true") !== true && at + 1 < args.length
    ) {
      rest.push(args[++at]!);
    }
  }
  const names = [...byName.keys()];
  const kindOf = (name: string) => byName.get(name)?.kind;
  const parsed = parseArgs(normaliseArgs(rest, { kindOf, names }), {
    string: names,
  });
  const values = new Map<string, unknown>();
  const errors: string[] = [];
  for (const [name, { kind }] of byName) {
    const text: unknown = parsed[name];
    if (typeof text !== "string") continue;
    const value = kind.parse(text);
    if (value === undefined || !kind.check(value)) {
      errors.push(
        `Cannot use flag --${name}="${text}": allowed is ${kind.allowed}`,
      );
    } else values.set(name, value);
  }
  if (errors.length > 0) throw new UsageError(errors);
  return { words, values };
}
