import { assert, assertEquals } from "@std/assert";
import { follow } from "../../mod/watch/reflector.ts";
import { seeded, SimClock } from "./sim_clock.ts";
import { SimServer } from "./sim_server.ts";
import { THINGS } from "./step_support.ts";

const AGENTS = 200;
const SECOND_MS = 1000;

/**
 * Most requests of 200 agents' watches of one kind in any second: all of them
 * once, when they are cut off together from a server that answers at once.
 */
const PEAK_PER_SECOND = AGENTS;
/** The same when a server comes back that was away for half a minute. */
const RETURN_PER_SECOND = 25;

/** Requests in each of so many seconds. */
async function count(
  given: { readonly server: SimServer; readonly clock: SimClock },
  seconds: number,
): Promise<number[]> {
  const counts: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const before = given.server.requests;
    await given.clock.pass(SECOND_MS);
    counts.push(given.server.requests - before);
  }
  return counts;
}

Deno.test(
  "follow() by 200 agents does not flood a server that restarts, and all are in step within a minute",
  {
    permissions: "none",
  },
  async () => {
    const random = seeded(7);
    const clock = new SimClock();
    const options = { clock, random, streaming: true, faultChance: 0 };
    const server = new SimServer(options);
    for (let made = 0; made < 20; made++) server.mutate();
    const stop = new AbortController();
    const { signal } = stop;
    const versions: Map<string, string>[] = [];
    const agents = Array.from({ length: AGENTS }, async () => {
      const objects = new Map<string, string>();
      versions.push(objects);
      const transport = server;
      for await (
        const batch of follow(THINGS, { transport, clock, signal, random })
      ) {
        for (const event of batch) {
          if (event.kind === "upsert") {
            objects.set(event.key, event.object.version);
          } else if (event.kind === "delete") objects.delete(event.key);
        }
      }
    });
    const start = await count({ server, clock }, 5);
    assertEquals(start.reduce((sum, one) => sum + one), AGENTS);
    assertEquals(server.lists, AGENTS);
    server.stop();
    await clock.pass(30 * SECOND_MS);
    server.mutate();
    server.start();
    const back = await count({ server, clock }, 60);
    const story = `start ${start}, back ${back}`;
    assert(Math.max(...start) <= PEAK_PER_SECOND, story);
    assert(Math.max(...back) <= RETURN_PER_SECOND, story);
    assertEquals(back.reduce((sum, one) => sum + one), AGENTS, story);
    assertEquals(server.lists, AGENTS, "the restart needed no list");
    const truth = [...server.objects].map((
      [key, version],
    ) => [key, `${version}`]);
    for (const objects of versions) {
      assertEquals([...objects].sort(), truth.sort());
    }
    stop.abort();
    await Promise.all(agents);
  },
);
