/**
 * `deno compile` with the flags of the build. Its own stub cannot be had
 * everywhere; Deno itself in its place shows that the flags are taken, and
 * that such an executable is never given out.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { ARCHITECTURES } from "../../deploy/build/arguments.ts";
import { compile } from "../../deploy/build/compiled.ts";
import { compileFlags } from "../../deploy/build/run_flags.ts";

Deno.test("compile() refuses what a wrong stub makes", async () => {
  const architecture = ARCHITECTURES.find((one) => one === Deno.build.arch);
  assert(architecture !== undefined);
  const folder = await Deno.makeTempDir({ prefix: "compile-" });
  const program = `${folder}/kube-proxy.js`;
  await Deno.writeTextFile(program, "console.log('kube-proxy 1.0.0');\n");
  const given = Deno.env.get("DENORT_BIN");
  Deno.env.set("DENORT_BIN", Deno.execPath());
  try {
    await assertRejects(
      () =>
        compile(program, {
          output: `${folder}/kube-proxy`,
          architecture,
          flags: compileFlags(config),
        }),
      Error,
      `says "deno ${Deno.version.deno}`,
    );
  } finally {
    if (given === undefined) Deno.env.delete("DENORT_BIN");
    else Deno.env.set("DENORT_BIN", given);
  }
  const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assertEquals(left, ["kube-proxy.js"]);
  await Deno.remove(folder, { recursive: true });
});
