/**
 * Two builds of one commit give equal bytes, in different folders.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { build } from "../../deploy/build/build.ts";
import { sha256 } from "../../deploy/build/portable.ts";

for (const architecture of ["x86_64", "aarch64"]) {
  Deno.test(`two builds for ${architecture} are equal`, async () => {
    const sums: string[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const folder = await Deno.makeTempDir();
      const output = `${folder}/${turn}/kube-proxy`;
      const options = [`--arch=${architecture}`, `--output=${output}`];
      await build(["--portable", ...options]);
      sums.push(sha256(await Deno.readFile(output)));
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(sums[0], sums[1]);
  });
}
