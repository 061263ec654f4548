import type { Random } from "./random.ts";
import type { Invariants } from "./invariants.ts";
import type { SimEndpoint } from "./oracle.ts";
import type { World } from "./world.ts";

/** What a step works with. */
export interface StepContext {
  readonly world: World;
  readonly random: Random;
  readonly invariants: Invariants;
}

/** One kind of thing that happens in a history. */
export interface Step {
  readonly name: string;
  /** How often, next to the others. */
  readonly share: number;
  run(context: StepContext): Promise<void> | void;
}

const NAMES = ["a", "b", "c", "d", "e"] as const;
const EXTERNALS = ["203.0.113.1", "203.0.113.2"] as const;
const PROGRAMS = ["ipvsadm", "ipset", "ip", "iptables-legacy-restore"] as const;

/** Each Service has its own network of endpoints. */
export function isEndpointOf(name: string, realServer: string): boolean {
  const index = NAMES.findIndex((one) => one === name);
  return realServer.startsWith(`10.244.${index}.`);
}

function putService({ world, random }: StepContext): void {
  const name = random.pick(NAMES);
  const index = NAMES.indexOf(name);
  const old = world.services.get(name);
  world.put({
    name,
    createdMs: old?.createdMs ?? random.below(3),
    clusterIp: `10.96.0.${index + 1}`,
    externalIps: EXTERNALS.filter(() => random.chance(0.3)),
    protocol: index === 4 ? "udp" : "tcp",
    port: random.chance(0.9) ? 80 : 81,
    ...(random.chance(0.2) ? { affinitySeconds: 600 } : {}),
  });
}

function deleteService({ world, random }: StepContext): void {
  const name = random.pick(NAMES);
  if (world.services.has(name)) world.delete(name);
}

function setEndpoints({ world, random }: StepContext): void {
  const name = random.pick(NAMES);
  const endpoints: SimEndpoint[] = [];
  for (let i = 1; i <= 4; i++) {
    if (random.chance(0.4)) continue;
    const address = `10.244.${NAMES.indexOf(name)}.${i}`;
    const state = random.pick(
      ["ready", "ready", "ready", "not-ready", "terminating"] as const,
    );
    endpoints.push({ address, state });
  }
  world.setEndpoints(name, endpoints);
}

function setConnections({ world, random, invariants }: StepContext): void {
  for (const [key, server] of world.node.host.ipvs.table) {
    for (const real of server.realServers.keys()) {
      if (!random.chance(0.3)) continue;
      world.node.host.ipvs.setConnections(key, real, {
        active: random.below(3),
        inactive: 0,
      });
    }
  }
  invariants.forget();
}

async function wait({ world, random }: StepContext): Promise<void> {
  await world.node.advance(random.pick([0, 10, 250, 1_000, 7_000, 70_000]));
}

function failSome({ world, random }: StepContext): void {
  const program = random.pick(PROGRAMS);
  world.node.host.faults.add({
    program,
    times: 1 + random.below(3),
    effect: random.chance(0.5)
      ? { kind: "exit", code: 1, stderr: `${program}: out of luck\n` }
      : { kind: "killed", afterLines: random.below(6) },
  });
}

async function restart({ world, random }: StepContext): Promise<void> {
  await world.node.stop();
  await bootAgain({ world, random });
}

/** The agent dies at a random command that is still to come. */
async function kill({ world, random }: StepContext): Promise<void> {
  const { node } = world;
  let left = random.below(6);
  node.host.faults.add({
    times: Infinity,
    when: () => left-- <= 0,
    effect: { kind: "denied" },
  });
  await node.advance(random.pick([0, 300, 6_000]));
  await node.stop();
  node.directory.breakLocks();
  node.host.faults.clear();
  await bootAgain({ world, random });
}

async function bootAgain(
  { world, random }: Pick<StepContext, "world" | "random">,
): Promise<void> {
  const { node } = world;
  world.isSynced = false;
  for (const name of [...node.slices.keys()]) {
    const service = name.replace(/-slice$/, "");
    if (!node.services.has(service)) node.slices.delete(name);
  }
  node.start();
  if (random.chance(0.5)) node.replay();
  await node.advance(random.pick([0, 5_000]));
  node.replay();
  world.isSynced = true;
  node.sync();
  await node.advance(0);
}

function damage({ world, random, invariants }: StepContext): void {
  const { host } = world.node;
  world.isDamaged = true;
  const keys = [...host.ipvs.table.keys()].filter((key) =>
    !world.foreignLines.has(`-A ${key} -s wlc`)
  );
  switch (random.below(4)) {
    case 0:
      if (keys.length > 0) host.ipvs.edit(`-D ${random.pick(keys)}`);
      break;
    case 1:
      for (const server of host.ipvs.table.values()) {
        if (world.foreignLines.has(`-A ${server.key} -s wlc`)) continue;
        for (const real of server.realServers.values()) real.weight = 7;
      }
      break;
    case 2: {
      const device = host.ip.devices.get("kube-ipvs0");
      const ours = [...device?.addresses.keys() ?? []].filter((one) =>
        !world.foreignAddresses.has(one)
      );
      if (ours.length > 0) {
        host.ip.deleteAddress("kube-ipvs0", random.pick(ours));
      }
      break;
    }
    default:
      for (const tables of Object.values(host.iptables.tables)) tables.clear();
  }
  invariants.forget();
}

function addForeign({ world, random, invariants }: StepContext): void {
  const { host } = world.node;
  const last = 1 + random.below(3);
  const line = `-A -t 5.5.5.${last}:80 -s wlc`;
  if (!world.foreignLines.has(line)) {
    host.ipvs.edit(line);
    world.foreignLines.add(line);
  }
  const address = `172.31.0.${last}/32`;
  const device = host.ip.devices.get("kube-ipvs0");
  if (device !== undefined && !device.addresses.has(address)) {
    host.ip.addAddress("kube-ipvs0", address);
    world.foreignAddresses.add(address);
  }
  invariants.forget();
}

function watchCut({ world }: StepContext): void {
  const { agent } = world.node;
  const event = { kind: "desynced", reason: "cut" } as const;
  agent.handle({ source: "Service", event });
  agent.handle({ source: "EndpointSlice", event });
  world.node.replay();
  world.node.sync();
}

/** Deadlines on disk are wall time: a restart may then find them over. */
function jumpClock({ world, random }: StepContext): void {
  world.hasJumped = true;
  const { clock } = world.node;
  clock.setWall(clock.nowMs() + random.pick([-3_600_000, 3_600_000]));
}

/** Everything that may happen. */
export const STEPS: readonly Step[] = [
  { name: "put a Service", share: 10, run: putService },
  { name: "delete a Service", share: 3, run: deleteService },
  { name: "set endpoints", share: 16, run: setEndpoints },
  { name: "set connections", share: 6, run: setConnections },
  { name: "wait", share: 20, run: wait },
  { name: "make tools fail", share: 5, run: failSome },
  { name: "restart", share: 2, run: restart },
  { name: "kill", share: 2, run: kill },
  { name: "damage what is ours", share: 2, run: damage },
  { name: "add what is foreign", share: 2, run: addForeign },
  { name: "cut the watches", share: 2, run: watchCut },
  { name: "jump the clock", share: 1, run: jumpClock },
];
