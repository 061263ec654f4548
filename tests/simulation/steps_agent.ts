/**
 * What becomes of the agent, its record and its clock.
 *
 * @module
 */
import { SOURCES } from "./node.ts";
import { recordOf } from "./foreigners.ts";
import type { Step, StepContext } from "./steps.ts";

/** It ends as by SIGTERM, and another one starts. */
export async function restart(context: StepContext): Promise<void> {
  await context.world.node.stop();
  checkRecord(context);
  if (context.world.isStateSpoilt) context.invariants.noteLateFlush();
  await boot(context);
}

/** SIGKILL at a call that is still to come, or between two. */
export async function kill(context: StepContext): Promise<void> {
  const { world: { node }, random } = context;
  node.gate.dieAt({
    left: random.below(8),
    where: random.pick(["before", "amid", "after"] as const),
    lines: random.below(8),
  });
  await node.advance(random.pick([0, 250, 6_000]));
  node.gate.die();
  await node.stop();
  checkRecord(context);
  context.invariants.noteLateFlush();
  await boot(context);
}

/** What is ours was on record before it was made (I5). */
function checkRecord({ world, invariants }: StepContext): void {
  const { node: { host, directory }, foreigners, isStateSpoilt } = world;
  if (isStateSpoilt || directory.isFull) return;
  const recorded = recordOf(directory.files.get("state"));
  for (const key of host.ipvs.table.keys()) {
    if (recorded.has(key) || foreigners.servers.has(key)) continue;
    if (foreigners.orphans.has(key)) continue;
    invariants.violated(`I5 ${key} is on no record`);
  }
}

/** A new agent; its lists come in any order, with time between them. */
export async function boot(
  { world, random, invariants }: StepContext,
): Promise<void> {
  world.start();
  invariants.refresh();
  const kinds = [...SOURCES];
  while (kinds.length > 0) {
    await world.node.advance(random.pick([0, 0, 5_000]));
    const [kind] = kinds.splice(random.below(kinds.length), 1);
    if (kind !== undefined) world.list(kind);
  }
  world.synced();
  await world.node.advance(0);
}

function spoilState({ world, random }: StepContext): void {
  const { files } = world.node.directory;
  const text = files.get("state") ?? "";
  world.isStateSpoilt = true;
  switch (random.below(5)) {
    case 0:
      files.delete("state");
      break;
    case 1:
      files.set("state", "\u0000\u0001 nonsense");
      break;
    case 2:
      files.set("state", text.slice(0, random.below(text.length + 1)));
      break;
    case 3:
      files.set("state", text.replace(/^.*\n/, "kube-proxy-state 99\n"));
      break;
    default:
      files.set("state", text + "+d -t nonsense\n+x ?\n\n+v\n-\n");
  }
}

function fillDisk({ world: { node: { directory } }, world }: StepContext) {
  directory.isFull = !directory.isFull;
  world.isStateSpoilt = true;
}

/** Deadlines on disk are wall time: a restart may then find them over. */
function jumpClock({ world, random }: StepContext): void {
  const { clock } = world.node;
  world.jumpMs = clock.monotonicMs();
  clock.setWall(clock.nowMs() + random.pick([-3_600_000, 3_600_000]));
}

async function wait({ world, random }: StepContext): Promise<void> {
  await world.node.advance(random.pick([0, 10, 250, 1_000, 7_000, 70_000]));
}

/** Steps of the agent. */
export const AGENT_STEPS: readonly Step[] = [
  { name: "wait", share: 22, run: wait },
  { name: "restart", share: 2, run: restart },
  { name: "kill", share: 4, run: kill },
  { name: "spoil the state file", share: 1, run: spoilState },
  { name: "fill or free the disk", share: 1, run: fillDisk },
  { name: "jump the clock", share: 1, run: jumpClock },
];
