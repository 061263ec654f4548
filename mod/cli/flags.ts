import { parseArgs } from "@std/cli";
import { UsageError } from "./exit_code.ts";
import { type Field, FIELDS } from "./fields.ts";
import { RUN_FLAGS, type RunFlag } from "./run_flags.ts";
import { suggest } from "./suggest.ts";
import { BOOLEAN, isAllowed, type ValueKind } from "./value_kinds.ts";

/** What the command line of `run` says. */
export interface ParsedFlags {
  /** Values of configuration fields, by path. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** Values of the other flags, by name. */
  readonly run: ReadonlyMap<string, unknown>;
}

const BY_FLAG: ReadonlyMap<string, Field | RunFlag> = new Map<
  string,
  Field | RunFlag
>([
  ...FIELDS.flatMap((field): [string, Field][] =>
    field.flag === undefined ? [] : [[field.flag, field]]
  ),
  ...RUN_FLAGS.map((flag): [string, RunFlag] => [flag.flag, flag]),
]);

/** A way to read the flags of a command. */
export interface FlagReader {
  /** Kind of the flag with this name; undefined: no such flag. */
  kindOf(name: string): ValueKind | undefined;
  /** All names. */
  readonly names: readonly string[];
}

/**
 * Brings a command line into one form, `--name=value`: `_` in names read as
 * `-`, `-v2` and `-v 2`, values that follow their flag, `--switch` alone.
 *
 * @throws {UsageError} naming every unknown flag and missing value
 */
export function normaliseArgs(
  args: readonly string[],
  reader: FlagReader,
): string[] {
  const errors: string[] = [];
  const result: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith("-") || arg === "-") {
      errors.push(`Cannot use argument "${arg}": flags begin with "--"`);
      continue;
    }
    const match = /^(?:-(v)=?|--([^=]+)=?)([^]*)$/.exec(arg);
    const name = (match?.[1] ?? match?.[2] ?? arg).replaceAll("_", "-");
    const kind = reader.kindOf(name);
    if (kind === undefined) {
      errors.push(describeUnknown(name, reader.names));
      continue;
    }
    let value = arg.includes("=") || match?.[1] !== undefined && match[3] !== ""
      ? match?.[3]
      : undefined;
    if (value === undefined && kind === BOOLEAN) value = "true";
    value ??= rest.shift();
    if (value === undefined) {
      errors.push(`Cannot read flag --${name}: it needs ${kind.allowed}`);
    } else result.push(`--${name}=${value}`);
  }
  if (errors.length > 0) throw new UsageError(errors);
  return result;
}

function describeUnknown(name: string, names: readonly string[]): string {
  const meant = suggest(name, names);
  const hint = meant === undefined ? "see --help" : `did you mean --${meant}?`;
  return `Cannot use flag --${name.replace(/^-+/, "")}: unknown; ${hint}`;
}

/**
 * Reads the flags of `run`.
 *
 * @throws {UsageError} naming everything that is wrong
 */
export function parseRunFlags(args: readonly string[]): ParsedFlags {
  const names = [...BY_FLAG.keys()];
  const reader = { kindOf: (name: string) => BY_FLAG.get(name)?.kind, names };
  const parsed = parseArgs(normaliseArgs(args, reader), { string: names });
  const errors: string[] = [];
  const fields = new Map<string, unknown>();
  const run = new Map<string, unknown>();
  for (const [name, target] of BY_FLAG) {
    const text: unknown = parsed[name];
    if (typeof text !== "string") continue;
    const value = target.kind.parse(text);
    if ("refused" in target && target.refused !== undefined) {
      errors.push(`Cannot use flag --${name}: ${target.refused}`);
    } else if (name === "proxy-mode" && text !== "ipvs") {
      errors.push(describeMode(text));
    } else if (value === undefined || !isAllowed(target.kind, value)) {
      errors.push(
        `Cannot use flag --${name}="${text}": allowed is ${target.kind.allowed}`,
      );
    } else if ("path" in target) fields.set(target.path, value);
    else run.set(name, value);
  }
  if (errors.length > 0) throw new UsageError(errors);
  return { fields, run };
}

/** Why another proxy mode is refused. */
export function describeMode(mode: string): string {
  return `Cannot run in proxy mode "${mode}": this proxy has "ipvs" only; ` +
    `for other modes use Kubernetes' own kube-proxy`;
}
