import { assert, assertEquals } from "@std/assert";
import { follow } from "../../mod/watch/reflector.ts";
import { WATCH_SILENCE_MS } from "../../mod/watch/requests.ts";
import {
  type Clock,
  type Transport,
  TransportError,
  type TransportResponse,
} from "../../mod/watch/transport.ts";
import { SimClock } from "./sim_clock.ts";
import { formatEvent, thing, THINGS } from "./step_support.ts";

const PURE = { permissions: "none" } as const;
const END = JSON.stringify({
  type: "BOOKMARK",
  object: {
    metadata: {
      resourceVersion: "10",
      annotations: { "k8s.io/initial-events-end": "true" },
    },
  },
});

function added(name: string, version: number): string {
  return `{"type":"ADDED","object":${thing(name, version)}}\n`;
}

/** Gives chunks one by one and then says nothing more. */
class Trickle implements Transport {
  requests = 0;
  resets = 0;
  chunksRead = 0;
  readonly #clock: Clock;
  readonly #chunks: readonly string[];

  constructor(clock: Clock, chunks: readonly string[]) {
    this.#clock = clock;
    this.#chunks = chunks;
  }

  async send(_: unknown, signal: AbortSignal): Promise<TransportResponse> {
    this.requests++;
    await Promise.resolve();
    return { status: 200, body: this.#body(signal) };
  }

  reset(): void {
    this.resets++;
  }

  async *#body(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (const chunk of this.#chunks) {
      this.chunksRead++;
      yield new TextEncoder().encode(chunk);
    }
    try {
      await this.#clock.sleep(24 * 3_600_000, signal);
    } catch {
      throw new TransportError("aborted");
    }
  }
}

function options(transport: Transport, clock: Clock) {
  const stop = new AbortController();
  const { signal } = stop;
  return { stop, transport, clock, signal, random: () => 0.5 };
}

Deno.test(
  "follow() reads nothing while its consumer is busy, and takes that for no silence",
  PURE,
  async () => {
    const clock = new SimClock();
    const chunks = [added("a", 1), added("b", 2), `${END}\n`, added("c", 11)];
    const transport = new Trickle(clock, chunks);
    const given = options(transport, clock);
    const batches = follow(THINGS, given);
    const first = batches.next();
    await clock.pass(1000);
    assertEquals((await first).value?.map(formatEvent), ["upsert n/a@1"]);
    await clock.pass(10 * WATCH_SILENCE_MS);
    assertEquals([transport.chunksRead, transport.requests], [1, 1]);
    const second = batches.next();
    await clock.pass(1000);
    assertEquals((await second).value?.map(formatEvent), ["upsert n/b@2"]);
    assertEquals([transport.chunksRead, transport.resets], [2, 0]);
    given.stop.abort();
    await batches.return();
  },
);

Deno.test(
  "follow() gives up a silent connection and asks for a new one, without a list",
  PURE,
  async () => {
    const clock = new SimClock();
    const transport = new Trickle(clock, [added("a", 1), `${END}\n`]);
    const given = options(transport, clock);
    const seen: string[] = [];
    const done = (async () => {
      for await (const batch of follow(THINGS, given)) {
        seen.push(...batch.map(formatEvent));
      }
    })();
    await clock.pass(WATCH_SILENCE_MS - 1000);
    assertEquals([transport.requests, transport.resets], [1, 0]);
    await clock.pass(3000);
    assertEquals([transport.requests, transport.resets], [2, 1]);
    assertEquals(seen, ["upsert n/a@1", "synced"]);
    given.stop.abort();
    await done;
  },
);

/** Where a reflector can be when it is stopped. */
const MOMENTS: readonly { readonly name: string; readonly afterMs: number }[] =
  [
    { name: "before the first request", afterMs: 10 },
    { name: "within a body", afterMs: 5000 },
    { name: "in the wait before it opens again", afterMs: 600 },
  ];

Deno.test.each(MOMENTS)(
  "follow() ends without an error when it is stopped $name",
  PURE,
  async ({ name, afterMs }) => {
    const clock = new SimClock();
    const transport: Transport = name.includes("wait")
      ? {
        send: () => Promise.reject(new TransportError("refused")),
        reset: () => {},
      }
      : new Trickle(clock, [added("a", 1)]);
    const given = options(transport, clock);
    const done = (async () => {
      for await (const batch of follow(THINGS, given)) assert(batch.length > 0);
      return "ended";
    })();
    await clock.pass(afterMs);
    given.stop.abort();
    await clock.pass(0);
    assertEquals(await done, "ended");
  },
);

Deno.test(
  "follow() takes an object of 10 MB for garbage and goes on with the next",
  PURE,
  async () => {
    const clock = new SimClock();
    const huge = "x".repeat(1024 * 1024);
    const chunks = [
      '{"type":"ADDED","object":{"spec":"',
      ...Array.from({ length: 10 }, () => huge),
      `"}}\n${added("b", 2)}${END}\n`,
    ];
    const given = options(new Trickle(clock, chunks), clock);
    const batches = follow(THINGS, given);
    const first = batches.next();
    await clock.pass(1000);
    assertEquals((await first).value?.map(formatEvent), [
      "garbage: Cannot take a Thing object of 10.0 MiB: it is above the limit " +
      "of one object and was left out",
      "upsert n/b@2",
      "synced",
    ]);
    given.stop.abort();
    await batches.return();
  },
);
