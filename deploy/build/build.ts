/**
 * Builds the executable: `deno task build`, or `deno task build --portable`.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { type BuildArguments, parseBuildArguments } from "./arguments.ts";
import { compile } from "./compiled.ts";
import { makePortable, sha256 } from "./portable.ts";
import { makeProgram } from "./program.ts";
import { compileFlags, runFlags } from "./run_flags.ts";
import { checkRuntime, readRuntime } from "./runtime.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function buildPortable(
  wanted: BuildArguments,
  program: string,
  commit: string,
): Promise<void> {
  const { architecture, runtime: given } = wanted;
  const runtime = given === undefined
    ? await readRuntime(architecture, `${ROOT}.cache/runtime`)
    : await Deno.readFile(given);
  checkRuntime(runtime, architecture);
  const file = makePortable({
    header: await Deno.readTextFile(new URL("./header.sh", import.meta.url)),
    runtime,
    program: await Deno.readFile(program),
    flags: runFlags(config, wanted.alsoRun),
    version: config.version,
    isQuick: wanted.isQuick,
    ...{ commit, architecture },
  });
  const fresh = `${wanted.output}.new`;
  await Deno.writeFile(fresh, file, { mode: 0o755 });
  await Deno.rename(fresh, wanted.output);
}

/**
 * Builds one executable and prints its SHA-256.
 *
 * @throws {Error} when it cannot be built, with what to do
 */
export async function build(args: readonly string[]): Promise<void> {
  const wanted = parseBuildArguments(args, Deno.build.arch);
  const folder = wanted.output.replace(/[^/]*$/, "") || ".";
  await Deno.mkdir(folder, { recursive: true });
  const temporary = await Deno.makeTempDir();
  const program = `${temporary}/kube-proxy.js`;
  try {
    const commit = await makeProgram(ROOT, program);
    if (wanted.isPortable) await buildPortable(wanted, program, commit);
    else {
      const { output, architecture } = wanted;
      const flags = compileFlags(config, wanted.alsoRun);
      await compile(program, { output, architecture, flags });
    }
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
  const sum = sha256(await Deno.readFile(wanted.output));
  // deno-lint-ignore no-console -- says what was made
  console.log(`${sum}  ${wanted.output}`);
}

if (import.meta.main) {
  try {
    await build(Deno.args);
  } catch (error) {
    // deno-lint-ignore no-console -- says what to do
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
