/**
 * The installation on a real node: systemd as init, a real IPVS kernel, the
 * real executable, from a mirror by HTTP.
 *
 * @module
 */
import { makeRelease } from "../../deploy/build/release.ts";
import { sha256 } from "../../deploy/build/portable.ts";
import { ensureSystemdRoot } from "../lab/systemd_root.ts";
import { labTest } from "../lab/mod.ts";

/** A version that can say what it is, and cannot run. */
const BROKEN = `#!/bin/sh
case $1 in
--version) echo "kube-proxy 9.9.9 (broken)" ;;
check) echo "ready to run" ;;
*) echo "it cannot run" >&2; exit 1 ;;
esac
`;

async function makeReleases(folder: string): Promise<void> {
  for (const number of ["1", "2"]) {
    Deno.env.set("KUBE_PROXY_COMMIT", number.repeat(12));
    await makeRelease(`${folder}/${number}`, ["--portable"], ["x86_64"]);
  }
  Deno.env.delete("KUBE_PROXY_COMMIT");
  const broken = `${folder}/broken`;
  await Deno.mkdir(broken);
  let sums = "";
  for await (const { name } of Deno.readDir(`${folder}/2`)) {
    await Deno.copyFile(`${folder}/2/${name}`, `${broken}/${name}`);
    if (!name.startsWith("kube-proxy-linux")) continue;
    await Deno.writeTextFile(`${broken}/${name}`, BROKEN);
    sums = `${sha256(BROKEN)}  ${name}\n`;
  }
  const others = (await Deno.readTextFile(`${folder}/2/SHA256SUMS`))
    .split("\n").filter((line) => !line.includes("kube-proxy-linux"));
  await Deno.writeTextFile(`${broken}/SHA256SUMS`, sums + others.join("\n"));
}

const folder = await Deno.makeTempDir({ prefix: "releases-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
await makeReleases(folder);

labTest("a node with systemd: installed, upgraded, gone back, taken away", {
  driver: new URL("../lab/drivers/install.ts", import.meta.url),
  programs: { apiserver: new URL("../apiserver/serve.ts", import.meta.url) },
  root: await ensureSystemdRoot(),
  shared: folder,
  parameters: { releases: folder },
  timeLimitMs: 2_400_000,
  memoryMb: 3072,
});
