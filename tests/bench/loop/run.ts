/**
 * `deno task bench:loop`: what the loop costs at 10,000 Services of 10
 * endpoints, over tools in memory. Prints each figure beside its bound and its
 * floor, and exits with 1 when a bound is exceeded. Needs no root, and
 * `--v8-flags=--expose-gc` to see what memory stays.
 *
 * @module
 */
import { diff, type DiffState } from "#diff";
import { decodeEndpointSlice, type ServiceName } from "#model";
import { planService } from "#plan";
import {
  CONTEXT,
  DIFF_OPTIONS,
  ENDPOINTS,
  fill,
  type Filled,
  newSlice,
  sliceKey,
} from "./cluster.ts";
import { burst, steadyMemory } from "./node.ts";

/** One line of the table. */
interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  readonly bound: number;
  /** The least that could be: the same data, looked at and no more. */
  readonly floor: string;
}

const SERVICES = 10_000;
const CHANGES = Number(Deno.args[0] ?? 100_000);

function print(line: string): void {
  // deno-lint-ignore no-console -- the program's own output
  console.log(line);
}

/** Median of several runs, ms. */
function median(runs: number, work: (run: number) => void): number {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const startMs = performance.now();
    work(run);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(runs / 2)] ?? 0;
}

function fullDiff(state: DiffState): Figure {
  let changes = 0;
  const measured = median(9, () => {
    changes = diff("all", state, DIFF_OPTIONS).changes.ipvs.length;
  });
  if (changes > 0) throw new Error("Cannot measure: there are differences");
  let seen = 0;
  const floorMs = median(9, () => {
    for (const [key, { server }] of state.desired.virtualServers) {
      const other = state.observed.virtualServer(key);
      for (const name of server.realServers.keys()) {
        if (other?.realServers.get(name)?.weight === 1) seen++;
      }
    }
  });
  if (seen === 0) throw new Error("Cannot measure: nothing is there");
  return {
    name: "full comparison",
    measured,
    unit: "ms",
    bound: 300,
    floor: `${floorMs.toFixed(1)} ms to look up each real server`,
  };
}

/** From the decoded slice to the operations; the floor is decoding it. */
function oneChange({ model, state }: Filled): Figure {
  const objects = Array.from(
    { length: 2_000 },
    (_, run) => newSlice(run * 4 % SERVICES, ENDPOINTS - 1 - run % 2),
  );
  const floorMs = median(2_000, (run) => {
    decodeEndpointSlice(objects[run]);
  });
  let operations = 0;
  const measured = median(2_000, (run) => {
    const index = run * 4 % SERVICES;
    const slice = decodeEndpointSlice(objects[run]);
    for (const name of model.upsertSlice(sliceKey(index), slice)) {
      const service = model.service(name as ServiceName);
      if (service === undefined) continue;
      const plan = planService(service, model.slices(service.name), CONTEXT);
      const { changes } = diff(state.desired.set(plan), state, DIFF_OPTIONS);
      state.observed.confirm(changes);
      operations += changes.ipvs.length;
    }
  });
  if (operations < 2_000) throw new Error("Cannot measure: nothing changed");
  return {
    name: "one endpoint's change",
    measured,
    unit: "ms",
    bound: 1,
    floor: `${floorMs.toFixed(3)} ms to read the object`,
  };
}

async function main(): Promise<boolean> {
  const filled = fill(SERVICES);
  const growth = await steadyMemory(SERVICES, CHANGES);
  const passes = await burst(SERVICES, 500);
  const figures: readonly Figure[] = [
    fullDiff(filled.state),
    oneChange(filled),
    {
      name: `memory after ${CHANGES.toLocaleString("en")} changes`,
      measured: growth.grownMb,
      unit: "MB more",
      bound: 5,
      floor: `${growth.heapMb.toFixed(0)} MB in use, tools in memory included`,
    },
    {
      name: "500 changes within 500 ms",
      measured: passes,
      unit: "passes",
      bound: 5,
      floor: "3 intervals of 200 ms",
    },
  ];
  print(`${SERVICES} Services of ${ENDPOINTS} endpoints, tools in memory\n`);
  for (const { name, measured, unit, bound, floor } of figures) {
    const value = Number.isInteger(measured) ? measured : measured.toFixed(3);
    const verdict = measured <= bound ? "" : "   EXCEEDED";
    print(
      `${name.padEnd(30)}${String(value).padStart(10)} ${unit.padEnd(8)}` +
        ` (bound: ${bound}; floor: ${floor})${verdict}`,
    );
  }
  return figures.every(({ measured, bound }) => measured <= bound);
}

Deno.exit(await main() ? 0 : 1);
