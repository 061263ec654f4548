/** The part of `deno.json` that decides how the program runs. */
export interface RunConfig {
  /** Sets of permissions by name: true, or a list, for each kind. */
  readonly permissions: Readonly<
    Record<string, Readonly<Record<string, boolean | readonly string[]>>>
  >;
}

/** Flags of V8: little memory rather than the last bit of speed. */
export const V8_FLAGS =
  "--v8-flags=--max-semi-space-size=1,--optimize-for-size";

/** No question is ever asked; datagrams to the service manager. */
const COMMON = ["--quiet", "--no-prompt", "--unstable-net"] as const;

/** A bundle needs nothing from anywhere. */
const NO_FETCHING = [
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--no-code-cache",
] as const;

// They stand in a shell script as they are.
const SAFE = /^[\w./,:=-]+$/;

/**
 * The agent's permissions as flags, from the set in `deno.json`.
 *
 * @throws {Error} when the set is missing or has what no flag can say
 */
export function permissionFlags(
  config: RunConfig,
  alsoRun: readonly string[] = [],
): string[] {
  const { agent } = config.permissions;
  if (agent === undefined) throw new Error("Cannot find permissions.agent");
  return Object.entries(agent).flatMap(([name, value]) => {
    if (value === false) return [];
    if (value === true) return [`--allow-${name}`];
    const all = name === "run" ? [...value, ...alsoRun] : value;
    return [`--allow-${name}=${all.join(",")}`];
  }).map(checkSafe);
}

function checkSafe(flag: string): string {
  if (SAFE.test(flag)) return flag;
  throw new Error(`Cannot use the permission "${flag}" in a script`);
}

/** Flags of `deno run` for the bundle. */
export function runFlags(
  config: RunConfig,
  alsoRun: readonly string[] = [],
): string[] {
  return [
    ...[V8_FLAGS, ...COMMON, ...NO_FETCHING],
    ...permissionFlags(config, alsoRun),
  ];
}

/** Flags of `deno compile` for the same behaviour. */
export function compileFlags(
  config: RunConfig,
  alsoRun: readonly string[] = [],
): string[] {
  return [
    ...[V8_FLAGS, ...COMMON, "--no-config", "--no-lock"],
    ...permissionFlags(config, alsoRun),
  ];
}
