/** Architectures that are built for, as `uname -m` names them. */
export const ARCHITECTURES = ["x86_64", "aarch64"] as const;

/** One of the architectures. */
export type Architecture = typeof ARCHITECTURES[number];

/** What is to be built. */
export interface BuildArguments {
  /** A self-extracting file instead of `deno compile`. */
  readonly isPortable: boolean;
  /** Packs fast and not small: for tests. */
  readonly isQuick: boolean;
  /** For which machines. */
  readonly architecture: Architecture;
  /** Path of the executable. */
  readonly output: string;
  /** Deno's executable to pack; absent: npm's for the architecture. */
  readonly runtime?: string;
  /** Programs that may be run beside the tools: exec credential plug-ins. */
  readonly alsoRun: readonly string[];
}

/** How the build is used. */
export const USAGE = `Usage: deno task build [options]
  --portable           a self-extracting file, where Deno's run-time stub for
                       "deno compile" cannot be fetched
  --quick              with --portable: packs fast, and not small
  --arch=ARCH          ${ARCHITECTURES.join(" or ")}; default: this machine's
  --output=FILE        default: dist/kube-proxy
  --runtime=FILE       with --portable: Deno's own executable for ARCH;
                       default: the one of the npm package
  --allow-run=A,B      programs that the agent may run beside its tools, such
                       as exec credential plug-ins`;

const PROGRAM = /^[\w./-]+$/;

/**
 * Reads the build's arguments.
 *
 * @throws {Error} when one is not understood
 */
export function parseBuildArguments(
  args: readonly string[],
  host: string,
): BuildArguments {
  const values = new Map<string, string>();
  for (const argument of args) {
    const match = /^--(portable|quick|arch|output|runtime|allow-run)(?:=(.+))?$/
      .exec(argument);
    const [, name = "", value] = match ?? [];
    const isSwitch = name === "portable" || name === "quick";
    if (match === null || isSwitch !== (value === undefined)) {
      throw new Error(`Cannot use argument "${argument}"\n${USAGE}`);
    }
    values.set(name, value ?? "");
  }
  const runtime = values.get("runtime");
  return {
    isPortable: values.has("portable"),
    isQuick: values.has("quick"),
    architecture: parseArchitecture(values.get("arch") ?? host),
    output: values.get("output") ?? "dist/kube-proxy",
    ...(runtime === undefined ? {} : { runtime }),
    alsoRun: parsePrograms(values.get("allow-run")),
  };
}

function parseArchitecture(name: string): Architecture {
  const found = ARCHITECTURES.find((one) => one === name);
  if (found !== undefined) return found;
  throw new Error(
    `Cannot build for "${name}": known are ${ARCHITECTURES.join(", ")}`,
  );
}

function parsePrograms(list: string | undefined): readonly string[] {
  if (list === undefined) return [];
  return list.split(",").map((name) => {
    if (PROGRAM.test(name)) return name;
    throw new Error(`Cannot allow the program "${name}": it is no name`);
  });
}
