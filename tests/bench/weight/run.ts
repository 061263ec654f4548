/**
 * `deno task bench:weight`: what loading parts of `@kubernetes/client-node`
 * costs, from its modules and as a bundle, with and without the V8 flags that
 * the program ships with: time to load, resident memory after it. Prints a
 * table of medians.
 *
 * @module
 */
import { shippedFlags } from "../shipped_flags.ts";

/** What is loaded; the text of a program. */
const PROGRAMS: readonly (readonly [name: string, text: string])[] = [
  ["nothing", ""],
  ["the whole library", 'import "@kubernetes/client-node";'],
  [
    "its kubeconfig types: what we load",
    'import "@kubernetes/client-node/dist/config_types.js";',
  ],
  [
    "its exec plug-in: when asked for",
    'import "@kubernetes/client-node/dist/config_types.js";' +
    'import "@kubernetes/client-node/dist/exec_auth.js";',
  ],
  [
    "its OIDC plug-in: when asked for",
    'import "@kubernetes/client-node/dist/config_types.js";' +
    'import "@kubernetes/client-node/dist/oidc_auth.js";',
  ],
  [
    "all of this program, which then waits",
    'import "../../../mod/cli/mod.ts";',
  ],
];

/** Tells its own memory when all is loaded. */
const TELL = `
const status = Deno.readTextFileSync("/proc/self/status");
console.log(/^VmRSS:\\s+(\\d+)/m.exec(status)[1]);
`;

/** Runs before the first that counts: Deno keeps what it analysed. */
const WARM_UP = 2;
const RUNS = 7;

interface Cost {
  readonly ms: number;
  readonly megabytes: number;
}

async function deno(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: new URL("../../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new Error(`Cannot run ${args}: ${decoder.decode(stderr)}`);
  }
  return decoder.decode(stdout);
}

async function measure(...args: readonly string[]): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const startMs = performance.now();
    const kilobytes = Number(await deno("run", "-A", "--quiet", ...args));
    const ms = performance.now() - startMs;
    if (run >= WARM_UP) costs.push({ ms, megabytes: kilobytes / 1024 });
  }
  return {
    ms: median(costs.map(({ ms }) => ms)),
    megabytes: median(costs.map(({ megabytes }) => megabytes)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function format({ ms, megabytes }: Cost): string {
  return `${ms.toFixed(0).padStart(4)} ms ${
    megabytes.toFixed(0).padStart(4)
  } MB`;
}

// Beside this file, so that the import map holds for it.
const folder = await Deno.makeTempDir({
  dir: new URL(".", import.meta.url).pathname,
  prefix: "tmp-",
});
try {
  const flags = `--v8-flags=${shippedFlags()}`;
  const rows: string[] = [
    "| loaded | modules | bundle | bundle, V8 flags |",
    "| ------ | ------- | ------ | ---------------- |",
  ];
  for (const [at, [name, text]] of PROGRAMS.entries()) {
    const program = `${folder}/${at}.ts`;
    await Deno.writeTextFile(
      program,
      text.replaceAll("../../../", "../../../../") + TELL,
    );
    const out = `${folder}/out-${at}`;
    await deno(
      ...["bundle", "--quiet", "--platform", "deno", "--code-splitting"],
      ...["--outdir", out, program],
    );
    const bundle = `${out}/${at}.js`;
    const costs = [
      await measure("--no-check", program),
      await measure("--no-config", bundle),
      await measure("--no-config", flags, bundle),
    ];
    rows.push(`| ${[name, ...costs.map(format)].join(" | ")} |`);
  }
  // deno-lint-ignore no-console -- the program's own output
  console.log(rows.join("\n"));
} finally {
  await Deno.remove(folder, { recursive: true });
}
