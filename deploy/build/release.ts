/**
 * Makes the folder that is published: both executables, what `install.sh`
 * fetches beside them, the manifests, a list of what is inside, and checksums.
 * Arguments go to each build: `deno task release --portable`.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { type Architecture, ARCHITECTURES } from "./arguments.ts";
import { build } from "./build.ts";
import { sha256 } from "./portable.ts";
import { makeSbom } from "./sbom.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Files that go out as they are, and their names there. */
const FILES: Readonly<Record<string, string>> = {
  "install.sh": "install.sh",
  "kube-proxy.service": "kube-proxy.service",
  "deploy/node/kube-proxy.modules": "kube-proxy.modules",
  "deploy/node/kube-proxy.tmpfiles": "kube-proxy.tmpfiles",
  "deploy/node/kube-proxy.network": "kube-proxy.network",
  "deploy/node/kube-proxy.networkmanager": "kube-proxy.networkmanager",
};

/** Objects of the API, in the order in which they are made. */
const MANIFESTS = ["deploy/rbac.yaml", "deploy/daemonset.yaml"];

/** Both manifests as one, for `kubectl apply -f URL`. */
export async function joinManifests(): Promise<string> {
  const texts = await Promise.all(
    MANIFESTS.map((path) => Deno.readTextFile(ROOT + path)),
  );
  return texts.join("---\n");
}

/** Makes a release in a folder, which it empties first. */
export async function makeRelease(
  folder: string,
  args: readonly string[],
  architectures: readonly Architecture[] = ARCHITECTURES,
): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  for (const architecture of architectures) {
    const output = `${folder}/kube-proxy-linux-${architecture}`;
    await build([...args, `--arch=${architecture}`, `--output=${output}`]);
  }
  for (const [from, name] of Object.entries(FILES)) {
    await Deno.copyFile(ROOT + from, `${folder}/${name}`);
  }
  await Deno.writeTextFile(`${folder}/kube-proxy.yaml`, await joinManifests());
  const sums = await sumAll(folder);
  const lock = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  const { version, imports } = config;
  const sbom = makeSbom({ version, imports, lock, files: sums });
  await Deno.writeTextFile(`${folder}/kube-proxy.spdx.json`, sbom);
  const lines = [...sums, ["kube-proxy.spdx.json", sha256(sbom)] as const]
    .map(([name, sum]) => `${sum}  ${name}\n`);
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, lines.join(""));
}

async function sumAll(folder: string): Promise<[string, string][]> {
  const sums: [string, string][] = [];
  for await (const { name } of Deno.readDir(folder)) {
    sums.push([name, sha256(await Deno.readFile(`${folder}/${name}`))]);
  }
  return sums.sort(([a], [b]) => a < b ? -1 : 1);
}

if (import.meta.main) await makeRelease(`${ROOT}dist/release`, Deno.args);
