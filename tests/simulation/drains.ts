/**
 * Endpoints that go while they have connections.
 *
 * @module
 */
import { viewKernel } from "./kernel_view.ts";
import { SOURCES } from "./node.ts";
import type { SimEndpoint, SimSlice } from "./objects.ts";
import { socketOf } from "./oracle_servers.ts";
import type { StepContext } from "./steps.ts";
import { kill, restart } from "./steps_agent.ts";
import { rest } from "./steps_tools.ts";

/** Shorter and longer than the drain time, and a third of the hard limit. */
const WAITS_MS = [1_000, 25_000, 25_000, 70_000, 310_000];
const MOST_WAITS = 3;

/** Usable real servers whose connections are to be given their time. */
function candidates({ world }: StepContext): readonly (readonly [
  service: string,
  socket: string,
])[] {
  const { servers } = viewKernel(world.node.host);
  return [...world.expected.usable].flatMap(([key, sockets]) => {
    const service = world.expected.owners.get(key) ?? "";
    const isUdp = key.startsWith("-u ") || key.includes(",udp:");
    const seen = servers.get(key)?.server;
    if (seen === undefined || isUdp || world.refused.has(service)) return [];
    if (world.foreigners.servers.has(seen.key)) return [];
    return [...sockets].filter((one) => seen.realServers.has(one))
      .map((socket) => [service, socket] as const);
  });
}

/** A slice without what is behind a socket; undefined: it lists no such. */
function without(
  slice: SimSlice,
  socket: string,
  state: SimEndpoint["state"] | "gone",
): SimSlice | undefined {
  const isMeant = ({ address }: SimEndpoint): boolean =>
    slice.ports.some((port) => socketOf(address, port.targetPort) === socket);
  if (!slice.endpoints.some(isMeant)) return undefined;
  const endpoints = slice.endpoints.flatMap((one) =>
    isMeant(one) ? state === "gone" ? [] : [{ ...one, state }] : [one]
  );
  return { ...slice, endpoints };
}

/** Drains of one history. */
const COUNT = 3;

/**
 * What a history ends with: some endpoints with connections go, one after the
 * other, each after a rest, so that nothing excuses a cut (I4). Steps of a
 * history hardly ever come to that: they deal damage and end connections too
 * often. The record can be written: what a full disk forgets is not judged.
 */
export async function drainSome(context: StepContext): Promise<void> {
  context.world.node.directory.isFull = false;
  for (let i = 0; i < COUNT; i++) {
    await rest(context);
    for (const kind of SOURCES) context.world.list(kind);
    await context.world.node.advance(1_000);
    await drainOne(context);
  }
}

/**
 * An endpoint with connections leaves its slices, or is not ready any more,
 * and time passes; the agent may be another one in the end.
 */
async function drainOne(context: StepContext): Promise<void> {
  const { world, random, invariants } = context;
  const all = candidates(context);
  if (all.length === 0) return;
  const [service, socket] = random.pick(all);
  const { ipvs } = world.node.host;
  for (const [key, { realServers }] of ipvs.table) {
    if (!realServers.has(socket)) continue;
    ipvs.setConnections(key, socket, { active: random.below(2), inactive: 1 });
  }
  invariants.refresh();
  const state = random.pick(["gone", "gone", "ending", "unready"] as const);
  for (const slice of world.all("EndpointSlice")) {
    if (slice.service !== service) continue;
    const fresh = without(slice, socket, state);
    if (fresh !== undefined) world.put(fresh);
  }
  for (let i = 1 + random.below(MOST_WAITS); i > 0; i--) {
    await world.node.advance(random.pick(WAITS_MS));
    const isRestarted = random.chance(0.1);
    const isKilled = !isRestarted && random.chance(0.1);
    if (isRestarted) await restart(context);
    if (isKilled) await kill(context);
  }
}
