import type { Architecture } from "./arguments.ts";
import { command } from "./command.ts";

const HOW_TO = `Cannot get the run-time stub that "deno compile" needs.
Either name a local one (file "denort" of Deno's own release VERSION for ARCH):
  DENORT_BIN=/path/to/denort deno task build
or build a self-extracting executable of the same name, flags, permissions and
behaviour, which needs npm only:
  deno task build --portable`;

/** Whether `deno compile` failed since it could not fetch its stub. */
export function lacksStub(stderr: string): boolean {
  return /denort|error sending request|dl\.deno\.land|DENORT_BIN/i.test(stderr);
}

/** What to do when the stub cannot be fetched. */
export function howToGetStub(architecture: Architecture): string {
  return HOW_TO.replace("VERSION", Deno.version.deno)
    .replace("ARCH", `${architecture}-unknown-linux-gnu`);
}

/**
 * Compiles a bundle.
 *
 * @throws {Error} when it cannot be compiled, with what to do
 */
export async function compile(
  program: string,
  { output, architecture, flags }: {
    readonly output: string;
    readonly architecture: Architecture;
    readonly flags: readonly string[];
  },
): Promise<void> {
  const fresh = `${output}.new`;
  const said = await command(Deno.execPath(), [
    "compile",
    // The source has been checked; the bundle has comments of its libraries.
    "--no-check",
    ...flags,
    `--target=${architecture}-unknown-linux-gnu`,
    `--output=${fresh}`,
    program,
  ], { seconds: 180 });
  if (said.code === 0) {
    if (architecture === Deno.build.arch) await checkCompiled(fresh);
    return await Deno.rename(fresh, output);
  }
  const reason = said.code === 124
    ? "it took more than 180 s"
    : said.stderr.trim();
  if (said.code === 124 || lacksStub(said.stderr)) {
    throw new Error(`${howToGetStub(architecture)}\n(${reason})`);
  }
  throw new Error(`Cannot compile the program: ${reason}`);
}

/**
 * With Deno itself as the stub, `deno compile` makes an executable that is
 * Deno, with its REPL. What cannot run here is not looked at.
 */
async function checkCompiled(path: string): Promise<void> {
  const { stdout } = await command(path, ["--version"], { seconds: 30 });
  if (stdout.startsWith("kube-proxy ")) return;
  await Deno.remove(path);
  throw new Error(
    `Cannot use this run-time stub: with it the executable is not the ` +
      `program, but says "${stdout.split("\n")[0]}". DENORT_BIN names Deno's ` +
      `"denort", not Deno itself`,
  );
}
