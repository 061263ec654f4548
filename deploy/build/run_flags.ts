/** The part of `deno.json` that decides how the program runs. */
export interface RunConfig {
  /** Sets of permissions by name: true, or a list, for each kind. */
  readonly permissions: Readonly<
    Record<string, Readonly<Record<string, boolean | readonly string[]>>>
  >;
  /** Tasks by name; `kube-proxy` runs the program from its source. */
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
}

/**
 * Flags of V8, as the task has them: little memory rather than the last bit of
 * speed (docs/scale.md).
 *
 * @throws {Error} when the task has none
 */
export function v8Flags({ tasks }: RunConfig): string {
  const flags = /--v8-flags=\S+/.exec(tasks["kube-proxy"]?.command ?? "")?.[0];
  if (flags === undefined) {
    throw new Error("Cannot find V8's flags in the task");
  }
  return checkSafe(flags);
}

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
  config: Pick<RunConfig, "permissions">,
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
    ...[v8Flags(config), ...COMMON, ...NO_FETCHING],
    ...permissionFlags(config, alsoRun),
  ];
}

/** Flags of `deno compile` for the same behaviour. */
export function compileFlags(
  config: RunConfig,
  alsoRun: readonly string[] = [],
): string[] {
  return [
    ...[v8Flags(config), ...COMMON, "--no-config", "--no-lock"],
    ...permissionFlags(config, alsoRun),
  ];
}
