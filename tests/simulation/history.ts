import { Invariants } from "./invariants.ts";
import { Random } from "./random.ts";
import { type Step, STEPS } from "./steps.ts";
import { World } from "./world.ts";

const STEP_COUNT = 60;
/** After so long without trouble an audit has repaired all damage, ms. */
const AUDIT_MS = 60_000;
const SHARES = STEPS.reduce((sum, { share }) => sum + share, 0);

/** What a history came to. */
export interface HistoryReport {
  readonly seed: number;
  /** All violated invariants; empty: it went well. */
  readonly violations: readonly string[];
  /** Names of the steps, in order. */
  readonly steps: readonly string[];
}

/** Plays the history of a seed. */
export async function playHistory(seed: number): Promise<HistoryReport> {
  const random = new Random(seed);
  const world = new World();
  const invariants = new Invariants(world);
  const steps: string[] = [];
  world.node.start();
  world.isSynced = true;
  world.node.sync();
  await world.node.advance(0);
  for (let i = 0; i < STEP_COUNT; i++) {
    const step = pickStep(random);
    steps.push(step.name);
    const count = invariants.violations.length;
    const startMs = world.node.clock.monotonicMs();
    await step.run({ world, random, invariants });
    if (invariants.violations.length > count) {
      steps[steps.length - 1] += " (!)";
    }
    if (step.name === "wait") noteRest(world, startMs);
  }
  await finish(world, invariants);
  return { seed, violations: invariants.violations, steps };
}

/** After a wait: what is at rest, and what an audit has seen. */
function noteRest(world: World, startMs: number): void {
  const { agent, clock } = world.node;
  if (agent.snapshot().counts.pending > 0) return;
  world.settled();
  if (clock.monotonicMs() - startMs > AUDIT_MS) world.isDamaged = false;
}

function pickStep(random: Random): Step {
  let ticket = random.below(SHARES);
  for (const step of STEPS) {
    ticket -= step.share;
    if (ticket < 0) return step;
  }
  throw new Error("Cannot pick a step: shares do not add up");
}

/** I7: faults stop, connections end, and the kernel is what it should be. */
async function finish(world: World, invariants: Invariants): Promise<void> {
  const { node } = world;
  node.host.faults.clear();
  for (const [key, server] of node.host.ipvs.table) {
    for (const real of server.realServers.keys()) {
      node.host.ipvs.setConnections(key, real, { active: 0, inactive: 0 });
    }
  }
  invariants.forget();
  await node.advance(150_000);
  const { violations } = invariants;
  compare("I7 ipvs", lines(world), world.expected.ipvs, violations);
  compare(
    "I7 addresses",
    addresses(world),
    world.expected.addresses,
    violations,
  );
  compare("I7 sets", elements(world), world.expected.elements, violations);
  if (node.host.counts.processes > 0) node.takeCalls();
  node.replay();
  await node.advance(1_000);
  const changes = node.takeCalls().filter((call) => /restore|batch/.test(call));
  if (changes.length > 0) violations.push(`I1 not at rest: ${changes.join()}`);
  await node.stop();
}

function lines({ node, foreignLines }: World): string[] {
  return node.ipvs().split("\n").filter((line) =>
    line !== "" && !foreignLines.has(line)
  );
}

function addresses({ node, foreignAddresses }: World): string[] {
  const device = node.host.ip.devices.get("kube-ipvs0");
  return [...device?.addresses.keys() ?? []]
    .filter((one) => !foreignAddresses.has(one))
    .map((one) => one.replace("/32", ""));
}

function elements({ node }: World): string[] {
  return node.host.dump().split("\n").flatMap((line) =>
    /^add KUBE-VS4-(\S+ \S+)$/.exec(line)?.[1] ?? []
  );
}

function compare(
  what: string,
  seen: readonly string[],
  wanted: ReadonlySet<string>,
  violations: string[],
): void {
  const have = new Set(seen);
  for (const one of wanted) {
    if (!have.has(one)) violations.push(`${what}: missing ${one}`);
  }
  for (const one of have) {
    if (!wanted.has(one)) violations.push(`${what}: too much ${one}`);
  }
}
