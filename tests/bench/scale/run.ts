/**
 * `deno task bench:scale`: what following a large cluster costs. Against a
 * stand-in API server on loopback run, one after the other, the stages up to
 * the desired state, for times, and the whole program, for memory; each as a
 * bundle, as it ships, and with the V8 flags of the task `kube-proxy`. Prints
 * a table, and writes the picture to the path given by `--svg`;
 * `--only 1000x10` takes one size, `--v8-flags` tries other flags. Exits with
 * 1 when a bound is exceeded.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { Child } from "./child.ts";
import { makeObjects, type Size, sliceObject } from "./objects.ts";
import { readFigures } from "./process.ts";
import { formatSvg, formatTable, type Result } from "./report.ts";
import { measureWhole } from "./whole.ts";
import { shippedFlags } from "../shipped_flags.ts";

const SIZES: readonly Size[] = [
  { services: 1_000, endpoints: 10 },
  { services: 5_000, endpoints: 10 },
  { services: 10_000, endpoints: 10 },
  { services: 1_000, endpoints: 250 },
];
const CHANGES = 1_000;
const CHANGES_PER_SECOND = 200;
const SETTLE_MS = 5_000;

async function measure(size: Size, folder: string): Promise<Result> {
  const objects = `${folder}/objects.json`;
  await Deno.writeTextFile(objects, makeObjects(size));
  const serve = new URL("../../apiserver/serve.ts", import.meta.url).pathname;
  await using server = new Child(
    [
      ...["run", "-A", "--quiet", serve, "--plain"],
      ...["--listen", "127.0.0.1:0", "--dir", folder, "--objects", objects],
    ],
  );
  const url = /ready (\S+)/.exec(await server.line())?.[1] ?? "";
  // First, for the second part changes the objects.
  const whole = await measureWhole({
    bundle: `${folder}/main.js`,
    flags,
    url,
    folder: await Deno.makeTempDir({ dir: folder }),
  });
  await using follower = new Child([
    ...["run", "--quiet", "--no-config", "--allow-net=127.0.0.1"],
    ...[`--v8-flags=${flags}`, "--allow-env", "--allow-read"],
    ...[`${folder}/follower.js`, url],
  ]);
  const synced = JSON.parse(await follower.line());
  const { cpuMs: planCpuMs } = await readFigures(follower.pid);
  if (synced.endpoints < size.services * size.endpoints) {
    throw new Error(`Cannot go on: ${synced.endpoints} endpoints are known`);
  }
  await sleep(SETTLE_MS);
  const before = await readFigures(follower.pid);
  await change(size, url);
  await sleep(1_000);
  const after = await readFigures(follower.pid);
  await follower.ask();
  const { latenciesMs } = JSON.parse(await follower.line());
  return {
    services: size.services,
    endpoints: size.services * size.endpoints,
    syncedMs: synced.syncedMs,
    planMs: synced.planMs,
    planCpuMs,
    bytes: synced.bytes,
    followerBytes: before.residentBytes,
    residentBytes: whole.residentBytes,
    peakBytes: whole.peakBytes,
    changesCpuMs: after.cpuMs - before.cpuMs,
    latenciesMs,
  };
}

/** Changes one slice after the other, at a steady pace. */
async function change(size: Size, url: string): Promise<void> {
  const startMs = performance.now();
  for (let at = 0; at < CHANGES; at++) {
    const service = at % size.services;
    const dueMs = startMs + at * 1_000 / CHANGES_PER_SECOND;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const shift = 1 + Math.floor(at / size.services);
    const slice = sliceObject(size, service, { part: 0, shift });
    const { endpoints } = slice as { endpoints: unknown };
    const path = "/apis/discovery.k8s.io/v1/namespaces/default/" +
      `endpointslices/service-${service}-0`;
    const response = await fetch(url + path, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ endpoints }),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Cannot change: ${response.status}`);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function bundlePrograms(folder: string): Promise<void> {
  for (const program of ["./follower.ts", "../../../main.ts"]) {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--platform", "deno", "--code-splitting"],
        ...["--outdir", folder],
        new URL(program, import.meta.url).pathname,
      ],
    }).spawn().status;
    if (code !== 0) throw new Error(`Cannot bundle ${program}`);
  }
}

/** The first start of a bundle analyses it and keeps the result. */
async function warmUp(folder: string): Promise<void> {
  await measure({ services: 1, endpoints: 1 }, folder);
}

const args = parseArgs(Deno.args, { string: ["svg", "v8-flags", "only"] });
const flags = args["v8-flags"] ?? shippedFlags();
const folder = await Deno.makeTempDir({ prefix: "scale-" });
try {
  await bundlePrograms(folder);
  await warmUp(folder);
  const results: Result[] = [];
  const only = args["only"];
  const sizes = SIZES.filter(({ services, endpoints }) =>
    only === undefined || only === `${services}x${endpoints}`
  );
  for (const size of sizes) results.push(await measure(size, folder));
  const { text, isWithin } = formatTable(results);
  // deno-lint-ignore no-console -- the program's own output
  console.log(text);
  if (args["svg"]) await Deno.writeTextFile(args["svg"], formatSvg(results));
  Deno.exitCode = isWithin ? 0 : 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
