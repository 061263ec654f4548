/**
 * Tools that fail, each in its own way.
 *
 * @module
 */
import type { FakeCall, FaultEffect } from "../support/fake_host.ts";
import { compareKernel } from "./compare.ts";
import type { Random } from "./random.ts";
import type { Step, StepContext } from "./steps.ts";
import { putSlice } from "./steps_api.ts";
import type { World } from "./world.ts";

const PROGRAMS = [
  "ipvsadm",
  "ipvsadm",
  "ipset",
  "ip",
  "conntrack",
  "iptables-legacy-restore",
  "ip6tables-legacy-restore",
  "iptables-legacy-save",
] as const;
const CHANGES = /restore|batch|-R/;
/** How long the runner lets a tool hang, ms. */
const HANG_MS = 30_000;
/** A hanging tool, the longest back-off, and an audit. */
const REST_MS = 130_000;
/** What is not refused is done by then, ms. */
const ISOLATION_MS = 15_000;

function failSome({ world, random }: StepContext): void {
  const program = random.pick(PROGRAMS);
  const onlyChanges = random.chance(0.5);
  world.node.host.faults.add({
    program,
    times: 1 + random.below(3),
    when: (call) => !onlyChanges || CHANGES.test(call.argv.join(" ")),
    effect: randomEffect(program, { world, random }),
  });
}

function randomEffect(
  program: string,
  { world, random }: { readonly world: World; readonly random: Random },
): FaultEffect {
  const { clock } = world.node;
  switch (random.below(6)) {
    case 0:
      return { kind: "exit", code: 1, stderr: `${program}: out of luck\n` };
    case 1:
      return { kind: "killed", afterLines: random.below(8) };
    case 2:
      return {
        kind: "killed",
        afterLines: random.below(8),
        code: 124,
        wait: () => clock.sleep(HANG_MS, new AbortController().signal),
      };
    case 3:
      return { kind: random.pick(["missing", "denied"] as const) };
    default: {
      const at = random.below(5);
      let line = 0;
      return { kind: "refuse", isRefused: () => line++ % 5 === at };
    }
  }
}

/** Faults stop, time passes, and the kernel is as it is to be (I7). */
export async function rest({ world, invariants }: StepContext): Promise<void> {
  world.node.host.faults.clear();
  await world.node.advance(REST_MS);
  world.isDamaged = false;
  world.settled();
  const options = { drains: true, refused: world.refused };
  for (const one of compareKernel(world, options)) {
    invariants.violated(`I7 at rest: ${one}`);
  }
}

/** One line is refused for as long as it lasts: it concerns itself (I8). */
async function refuseOne(context: StepContext): Promise<void> {
  const { world, random, invariants } = context;
  await rest(context);
  const owners = [...world.expected.owners];
  if (owners.length === 0) return;
  const [key, service] = random.pick(owners);
  const isRefused = (line: string): boolean =>
    line.startsWith(`-A ${key} `) || line.startsWith(`-a ${key} `);
  world.node.host.faults.add({
    program: "ipvsadm",
    times: Infinity,
    when: ({ stdin }: FakeCall) => stdin.split("\n").some(isRefused),
    effect: { kind: "refuse", isRefused },
  });
  for (let i = 0; i < 6; i++) putSlice(context);
  await world.node.advance(ISOLATION_MS);
  const refused = world.refused.add(service);
  for (const one of compareKernel(world, { drains: true, refused })) {
    invariants.violated(`I8 beside ${key} of ${service}: ${one}`);
  }
  world.node.host.faults.clear();
}

/** Steps of the tools. */
export const TOOL_STEPS: readonly Step[] = [
  { name: "make tools fail", share: 6, run: failSome },
  { name: "rest", share: 2, run: rest },
  { name: "refuse one line", share: 1, run: refuseOne },
];
