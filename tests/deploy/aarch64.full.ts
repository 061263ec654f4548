/**
 * The executable for aarch64: what is packed in it runs under emulation.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { build } from "../../deploy/build/build.ts";
import { command } from "../../deploy/build/command.ts";
import { ensurePackages } from "../lab/packages.ts";

const LIBRARIES = "/usr/aarch64-linux-gnu";
const NEEDS = [
  { name: "qemu-user-static", files: ["/usr/bin/qemu-aarch64-static"] },
  { name: "libc6-arm64-cross", files: [`${LIBRARIES}/lib/libc.so.6`] },
  { name: "libgcc-s1-arm64-cross", files: [`${LIBRARIES}/lib/libgcc_s.so.1`] },
];

Deno.test("the executable for aarch64", async (t) => {
  await ensurePackages(() => {}, NEEDS);
  const folder = await Deno.makeTempDir({ prefix: "aarch64-" });
  const program = `${folder}/kube-proxy`;
  await t.step("is built", async () => {
    await build(["--portable", "--arch=aarch64", `--output=${program}`]);
  });
  const text = new TextDecoder().decode(
    (await Deno.readFile(program)).subarray(0, 8192),
  );
  const number = (name: string) =>
    Number(new RegExp(`${name}='(\\d+)'`).exec(text)?.[1]);

  await t.step("says on another machine what it is for", async () => {
    const env = { KUBE_PROXY_UNPACK_DIR: `${folder}/unpacked` };
    const { code, stderr } = await command(program, ["--version"], { env });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "it is for aarch64, and this machine is");
  });

  await t.step("runs, emulated, with its own flags", async () => {
    for (const [part, file] of [["runtime", "deno"], ["program", "p.js"]]) {
      const { code } = await command("sh", [
        "-c",
        'tail -c "+$1" "$0" | head -c "$2" | gzip -dc >"$3"',
        ...[program, `${number(`${part}_at`)}`, `${number(`${part}_packed`)}`],
        `${folder}/${file}`,
      ]);
      assertEquals(code, 0);
    }
    await Deno.chmod(`${folder}/deno`, 0o755);
    const flags = /exec "\$folder\/kube-proxy" run (.*) "\$folder/.exec(text)
      ?.[1];
    assert(flags !== undefined);
    const said = await command("qemu-aarch64-static", [
      ...["-L", LIBRARIES, `${folder}/deno`, "run", ...flags.split(" ")],
      ...[`${folder}/p.js`, "--version"],
    ], { env: { DENO_DIR: "/dev/null" } });
    assertEquals(said.code, 0, said.stderr);
    assertStringIncludes(said.stdout, `; Deno ${Deno.version.deno})`);
  });
  await Deno.remove(folder, { recursive: true });
});
