/**
 * The whole program: `main.ts` as a bundle, with every tool that it runs as a
 * process of its own in front of a host in memory. What it takes is what a
 * node pays, kernel tables apart.
 *
 * @module
 */
import { Child } from "./child.ts";
import { type ProcessFigures, readFigures } from "./process.ts";

/** Longer than the time between two audits, which list everything. */
const SETTLE_MS = 40_000;
/** The agent says this when the kernel is as the cluster says. */
const READY = "ready: the kernel is as the cluster says";

/** How the whole program is started. */
export interface WholeOptions {
  /** Its bundle. */
  readonly bundle: string;
  /** V8 flags, with commas. */
  readonly flags: string;
  /** URL of the API server. */
  readonly url: string;
  /** A folder of its own, which does not exist yet. */
  readonly folder: string;
}

/** What the whole program takes after it has settled. */
export async function measureWhole(
  { bundle, flags, url, folder }: WholeOptions,
): Promise<ProcessFigures> {
  const tools = new URL("./tools.ts", import.meta.url).pathname;
  const bin = `${folder}/bin`;
  await using host = new Child(["run", "-A", "--quiet", tools, bin]);
  const address = /ready (\S+)/.exec(await host.line())?.[1] ?? "";
  await using agent = new Child([
    ...["run", "--quiet", "--no-config", "-A", `--v8-flags=${flags}`, bundle],
    ...["run", `--master=${url}`, `--run-dir=${folder}/run`],
    ...["--hostname-override=node-1"],
    ...[`--healthz-bind-address=127.0.0.1:${freePort()}`],
    ...[`--metrics-bind-address=127.0.0.1:${freePort()}`],
  ], {
    env: { PATH: `${bin}:${Deno.env.get("PATH")}`, BENCH_TOOLS: address },
    told: "stderr",
  });
  await agent.lineWith(READY);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return await readFigures(agent.pid);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
