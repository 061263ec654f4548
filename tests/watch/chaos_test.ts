import { assert, assertEquals } from "@std/assert";
import { follow } from "../../mod/watch/reflector.ts";
import type { WatchEvent } from "../../mod/watch/types.ts";
import { seeded, SimClock } from "./sim_clock.ts";
import { SimServer } from "./sim_server.ts";
import { type Thing, THINGS } from "./step_support.ts";

const MINUTE_MS = 60_000;
/** Longer than nine of the longest watches: doubt waits for no more. */
const CALM_MS = 120 * MINUTE_MS;

/** What a consumer holds, and whether the contract was kept. */
class Follower {
  readonly objects: Map<string, number> = new Map();
  readonly broken: string[] = [];
  synced = 0;
  garbage = 0;

  fold(event: WatchEvent<Thing>): void {
    if (event.kind === "upsert") {
      this.objects.set(event.key, Number(event.object.version));
    } else if (event.kind === "delete") {
      if (!this.objects.delete(event.key)) {
        this.broken.push(`deleted what was not there: ${event.key}`);
      }
    } else if (event.kind === "synced") this.synced++;
    else if (event.kind === "garbage") this.garbage++;
  }
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => ({
  seed,
  streaming: seed % 2 === 0,
}));

Deno.test.each(SEEDS)(
  "follow() ends with the server's objects after 30 minutes of faults, seed $seed",
  { permissions: "none" },
  async ({ seed, streaming }) => {
    const random = seeded(seed);
    const clock = new SimClock();
    const options = { clock, random, streaming, faultChance: 0.08 };
    const server = new SimServer(options);
    for (let made = 0; made < 50; made++) server.mutate();
    const follower = new Follower();
    const stop = new AbortController();
    const { signal } = stop;
    const followed = (async () => {
      const batches = follow(THINGS, {
        transport: server,
        clock,
        signal,
        random,
      });
      for await (const batch of batches) batch.forEach((e) => follower.fold(e));
    })();
    while (clock.monotonicMs() < 30 * MINUTE_MS) {
      await clock.pass(random() * 6000);
      server.mutate();
      if (random() < 0.01) { for (let n = 0; n < 80; n++) server.mutate(); }
    }
    options.faultChance = 0;
    const { faults, lists, requests } = server;
    await clock.pass(CALM_MS);
    const story = `seed ${seed}: ${faults} faults, ${lists} lists, ` +
      `${requests} requests`;
    assertEquals(sorted(follower.objects), sorted(server.objects), story);
    assertEquals(follower.broken, [], story);
    assert(follower.synced > 0 && follower.garbage > 0, story);
    assert(faults > 20, `too few faults to prove anything: ${story}`);
    // A list needs a cause; a gap of the history is one that is no fault.
    assert(lists <= faults + 20, `too many lists: ${story}`);
    assert(requests <= 60 * 30, `more than one a second: ${story}`);
    assert(server.lists - lists <= 3, `lists in calm: ${story}`);
    stop.abort();
    await followed;
  },
);

function sorted(objects: ReadonlyMap<string, number>): unknown {
  return [...objects].sort();
}
