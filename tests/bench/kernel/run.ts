/**
 * `deno task bench:kernel`: the agent against the bare tools, in one guest.
 * Prints both beside each other and exits with 1 when a bound is exceeded.
 *
 * @module
 */

import { bootLab } from "../../lab/mod.ts";

/** First sync takes at most so many times the bare tools' time. */
const MOST_TIMES = 1.3;
/** One endpoint's change starts at most so many processes. */
const MOST_PROCESSES = 3;

/** Sizes of cluster at which a change is to cost the same. */
const SIZES = ["100", "1000", "5000"];
/** How much more it may cost at one size than at another. */
const MOST_DIFFERENCE = 0.2;

interface Results {
  readonly "first sync"?: {
    readonly totalMs: number;
    readonly passes: number;
    readonly passMs: number;
  };
  readonly "bare tools"?: {
    readonly ipset: number;
    readonly ipvsadm: number;
    readonly ip: number;
    readonly totalMs: number;
  };
  readonly "change cost"?: {
    readonly services: number;
    readonly cpuMs: number;
    readonly idleMs: number;
    readonly floorMs: number;
  };
  readonly "processes"?: {
    readonly first: readonly string[];
    readonly change: readonly string[];
    readonly changeMs: number;
  };
}

async function measure(services: string, only = ""): Promise<Results> {
  const results: Record<string, unknown> = {};
  await using lab = await bootLab({
    driver: new URL("./driver.ts", import.meta.url),
    programs: {
      agent: new URL("../../../main.ts", import.meta.url),
      apiserver: new URL("../../apiserver/serve.ts", import.meta.url),
    },
    parameters: { services, only },
    ...(only === "change"
      // User Mode Linux makes a fork dearer the more memory a process has.
      ? { kernel: "stock-counted", timeLimitMs: 2_400_000 }
      : { timeLimitMs: 700_000 }),
    onProgress: print,
  });
  for await (const event of lab.events) {
    if (event.kind === "data") results[event.name] = event.value;
    if (event.kind === "text") print(event.text);
    if (event.kind === "step-end" && event.failure !== undefined) {
      print(`${event.name}: ${event.failure}`);
    }
    if (event.kind === "end" && event.failure !== undefined) {
      print(event.failure);
    }
  }
  return results;
}

function report(services: string, results: Results): boolean {
  const first = results["first sync"];
  const bare = results["bare tools"];
  const counted = results["processes"];
  if (!first || !bare || !counted) {
    print("Cannot report: not everything was measured");
    return false;
  }
  const times = first.passMs / bare.totalMs;
  // Looks at the rules come by a timer, whether anything changes or not.
  const change = counted.change.filter((line) => !line.includes("tables-"));
  print(`
${services} services of 10 endpoints, one guest (compare, do not quote)
                              ms
bare ipset restore    ${column(bare.ipset)}
bare ipvsadm -R       ${column(bare.ipvsadm)}
bare ip -batch        ${column(bare.ip)}
bare tools together   ${column(bare.totalMs)}
agent's first sync    ${column(first.passMs)}   ${
    times.toFixed(2)
  } times the bare tools (bound: ${MOST_TIMES}), ${first.passes} passes
agent's start to ready${column(first.totalMs)}   with start-up and lists
one endpoint removed  ${column(counted.changeMs)}   API write to kernel

processes of the first sync: ${counted.first.length}
${indent(counted.first)}
processes of one endpoint's change: ${change.length} (bound: ${MOST_PROCESSES})
${indent(change)}`);
  return times <= MOST_TIMES && change.length <= MOST_PROCESSES;
}

function column(ms: number): string {
  return String(Math.round(ms)).padStart(10);
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line.slice(0, 100)}`).join("\n");
}

function print(line: string): void {
  // deno-lint-ignore no-console -- the program's own output
  console.log(line);
}

/** CPU time of one change at each size; what it costs more at the worst. */
async function changeCosts(): Promise<boolean> {
  const costs: number[] = [];
  print(
    "\nCPU time of the agent and its tools for one endpoint's change, ms of " +
      "a processor at 250 million instructions a second",
  );
  for (const size of SIZES) {
    const cost = (await measure(size, "change"))["change cost"];
    if (cost === undefined) {
      print(`Cannot report: ${size} services were not measured`);
      return false;
    }
    costs.push(cost.cpuMs);
    print(
      `${size.padStart(6)} services of 10 endpoints${column(cost.cpuMs)}` +
        `   (idle: ${cost.idleMs.toFixed(1)} ms a second; one bare ` +
        `ipvsadm --restore: ${cost.floorMs.toFixed(1)} ms)`,
    );
  }
  const more = Math.max(...costs) / Math.min(...costs) - 1;
  print(
    `most against least: ${(100 * more).toFixed(0)} % more ` +
      `(bound: ${100 * MOST_DIFFERENCE} %)`,
  );
  return more <= MOST_DIFFERENCE;
}

const [what = "1000"] = Deno.args;
let isWithin = true;
if (what !== "change") isWithin = report(what, await measure(what));
if (what === "change" || Deno.args.length === 0) {
  isWithin = await changeCosts() && isWithin;
}
Deno.exit(isWithin ? 0 : 1);
