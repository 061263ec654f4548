/**
 * The story of a fleet: all start, the server goes away and comes back
 * without its history, and all are in step again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ApiServer, seedCluster } from "../apiserver/mod.ts";
import { service, slice } from "../apiserver/support.ts";
import { countRequests, Fleet, KINDS } from "./fleet.ts";

/** How large the story is, and its bounds. */
export interface FleetStory {
  /** Agents. */
  readonly agents: number;
  /** How long the server is away, ms. */
  readonly awayMs: number;
  /** Most requests in any second after the server is back. */
  readonly mostPerSecond: number;
}

/**
 * Most requests in a tenth of a second of the start, as a share of all: without
 * spreading it is 1, and on a busy machine timers of 100 ms fall together.
 */
const START_SHARE = 0.8;
/** All are in step again after so many seconds. */
const BACK_SECONDS = 60;
/** What each reflector may ask after the return: a watch, a list, one spare. */
const REQUESTS_EACH = 3;

/** Plays it; gives what was counted, in a sentence. */
export async function playFleet(story: FleetStory): Promise<string> {
  const reflectors = story.agents * KINDS;
  await using server = await ApiServer.start();
  seedCluster(server.store);
  for (const name of ["node-1", "node-2"]) {
    server.store.create("Node", { metadata: { name } });
  }
  for (let number = 0; number < 20; number++) {
    server.store.create("Service", service(`web-${number}`));
    server.store.create("EndpointSlice", slice(`web-${number}`, ["10.1.0.1"]));
  }
  await using fleet = await Fleet.start(story.agents, server.url);
  const isInStep = () => fleet.behind(server) === 0;
  const start = await countRequests(server, {
    ...{ ms: 100, most: 300, isOver: isInStep },
  });
  assertEquals(fleet.behind(server), 0, `start: ${start}`);
  assertEquals(sum(start), reflectors, "one request each");
  assert(Math.max(...start) <= START_SHARE * reflectors, `start: ${start}`);

  await server.stop();
  server.store.delete("Service", "default/web-3");
  server.store.create("Service", service("late"));
  server.store.delete("EndpointSlice", "default/web-4-1");
  server.store.compact();
  await new Promise((resolve) => setTimeout(resolve, story.awayMs));
  assertEquals(sum([...server.counts.values()]), reflectors);
  await server.listen();
  const back = await countRequests(server, {
    ...{ ms: 1000, most: BACK_SECONDS, isOver: isInStep },
  });
  const said = `start, by 100 ms: ${start}; back, by second: ${back}`;
  assertEquals(fleet.behind(server), 0, said);
  assert(Math.max(...back) <= story.mostPerSecond, said);
  assert(sum(back) <= REQUESTS_EACH * reflectors, said);
  return said;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
