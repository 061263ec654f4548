import { drainSome } from "./drains.ts";
import { compareKernel, differences } from "./compare.ts";
import { Invariants } from "./invariants.ts";
import { type SimHost, SOURCES } from "./node.ts";
import { Random } from "./random.ts";
import { type Step, type StepContext, STEPS } from "./steps.ts";
import { boot } from "./steps_agent.ts";
import { World } from "./world.ts";
import { ABSENT_SCHEDULER, randomNode } from "./generate.ts";

const STEP_COUNT = 60;
/** Drains at the end of a history have this much more of a seed. */
const DRAINS_SEED = 1_000_000_007;
/** After so long without trouble an audit has looked for damage, ms. */
const AUDIT_MS = 60_000;
const SHARES = STEPS.reduce((sum, { share }) => sum + share, 0);

/** What a history came to. */
export interface HistoryReport {
  readonly seed: number;
  /** All violated invariants; empty: it went well. */
  readonly violations: readonly string[];
  /** Names of the steps, in order; (!) where something was violated. */
  readonly steps: readonly string[];
}

/** Plays the history of a seed; `trace` is told of all that happens. */
export async function playHistory(
  seed: number,
  trace?: (line: string) => void,
): Promise<HistoryReport> {
  const random = new Random(seed);
  const world = new World();
  const invariants = new Invariants(world);
  const context = { world, random, invariants };
  const steps: string[] = [];
  if (trace !== undefined) invariants.trace = world.trace = trace;
  world.node.host.ipvs.schedulers.delete(ABSENT_SCHEDULER);
  world.put(randomNode(random));
  await boot(context);
  for (let i = 0; i < STEP_COUNT; i++) {
    const step = pickStep(random);
    steps.push(step.name);
    trace?.(`-- ${i} ${step.name}, ${world.node.clock.monotonicMs()} ms`);
    const count = invariants.violations.length;
    const startMs = world.node.clock.monotonicMs();
    await attempt(context, () => step.run(context));
    if (invariants.violations.length > count) {
      steps[steps.length - 1] += " (!)";
    }
    if (step.name === "wait") noteRest(world, startMs);
  }
  // Of its own numbers: what was found before there were drains stays found.
  const drains = { ...context, random: new Random(seed + DRAINS_SEED) };
  await attempt(context, () => drainSome(drains));
  await attempt(context, () => finish(context));
  return { seed, violations: invariants.violations, steps };
}

/** What a step throws fails its history alone, and is told with its seed. */
async function attempt(
  { invariants }: StepContext,
  work: () => Promise<void> | void,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error);
    invariants.violations.push(`a step threw: ${text}`);
  }
}

/** After a wait: what is at rest, and what an audit has seen. */
function noteRest(world: World, startMs: number): void {
  const { agent, clock, host } = world.node;
  if (agent.snapshot().counts.pending > 0) return;
  if (clock.monotonicMs() - startMs < 250) return;
  world.settled();
  const isQuiet = clock.monotonicMs() - startMs > AUDIT_MS &&
    host.faults.size === 0;
  if (!isQuiet || !world.isDamaged) return;
  // A tool that hung for most of that time kept it from being repaired.
  const left = compareKernel(world, { drains: true, refused: world.refused });
  if (left.length === 0) world.isDamaged = false;
}

function pickStep(random: Random): Step {
  let ticket = random.below(SHARES);
  for (const step of STEPS) {
    ticket -= step.share;
    if (ticket < 0) return step;
  }
  throw new Error("Cannot pick a step: shares do not add up");
}

/**
 * Faults stop, watches are back, connections end: the kernel is what it is to
 * be (I7), what the API server says again changes nothing (I1), and another
 * agent that hears the same in another order makes the same (I6).
 */
async function finish(context: StepContext): Promise<void> {
  const { world, invariants } = context;
  const { node } = world;
  node.host.faults.clear();
  node.directory.isFull = false;
  for (const kind of SOURCES) world.list(kind);
  for (const [key, server] of node.host.ipvs.table) {
    for (const real of server.realServers.keys()) {
      node.host.ipvs.setConnections(key, real, { active: 0, inactive: 0 });
    }
  }
  invariants.forget();
  await node.advance(150_000);
  const refused = world.refused;
  for (const one of compareKernel(world, { drains: false, refused })) {
    invariants.violated(`I7 at the end: ${one}`);
  }
  await checkIdle(context, refused.size > 0);
  await node.stop();
  await checkFresh(context);
}

/** I1: a pass without news does nothing, a new list neither. */
async function checkIdle(
  { world, invariants }: StepContext,
  isRetrying: boolean,
): Promise<void> {
  const { host } = world.node;
  host.resetCounts();
  for (const kind of SOURCES) world.list(kind);
  await world.node.advance(31_000);
  const changes = host.calls.filter(({ argv: [program, ...rest] }) =>
    /restore|batch|-R/.test(`${program} ${rest.join(" ")}`)
  ).filter(() => !isRetrying);
  for (const { argv, stdin } of changes) {
    invariants.violated(`I1 not at rest: ${argv.join(" ")}: ${stdin}`);
  }
}

/** I6: an agent on a new host, told in another order. */
async function checkFresh(context: StepContext): Promise<void> {
  const { world, random, invariants } = context;
  const other = new World();
  other.node.host.ipvs.schedulers.delete(ABSENT_SCHEDULER);
  const device = world.node.host.ip.devices.get("eth0");
  for (const address of device?.addresses.keys() ?? []) {
    if (address === "192.168.1.1/24") continue;
    other.node.host.ip.addAddress("eth0", address);
  }
  other.otherNodes = world.otherNodes;
  const objects = [...world.truth.values()];
  while (objects.length > 0) {
    const [object] = objects.splice(random.below(objects.length), 1);
    if (object !== undefined && !isBad(object)) other.put(object);
  }
  await boot({ ...context, world: other });
  await other.node.advance(10_000);
  await other.node.stop();
  const refused = other.refused;
  for (const one of compareKernel(other, { drains: false, refused })) {
    invariants.violated(`I6 on another host: ${one}`);
  }
  const known = world.all("ServiceCIDR").length + world.all("Node").length;
  if (known === 0) return;
  for (const [at, text] of rulesOf(world.node).entries()) {
    const others = rulesOf(other.node)[at] ?? "";
    if (text === others) continue;
    for (const line of differences("I6 rules", lines(text), lines(others))) {
      invariants.violated(line);
    }
  }
}

function lines(text: string): string[] {
  return text.split("\n");
}

function isBad(object: object): boolean {
  return "flaw" in object && object.flaw === "whole";
}

/** Our chains of both families. */
function rulesOf({ host }: SimHost): string[] {
  return (["iptables-legacy", "ip6tables-legacy"] as const).map((kind) =>
    host.iptables.run(`${kind}-save`, [], "").stdout.split("\n")
      .filter((line) => line.includes("KUBE-")).join("\n")
  );
}
