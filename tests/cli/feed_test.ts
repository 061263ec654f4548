import { assert, assertEquals } from "@std/assert";
import type { SourceEvent } from "../../mod/agent/sources.ts";
import { feedAll } from "../../mod/cli/feed.ts";
import { setUpLogs } from "../../mod/observe/log_setup.ts";
import type {
  TransportRequest,
  TransportResponse,
} from "../../mod/watch/transport.ts";
import { HOST_CLOCK } from "../../mod/apply/clock.ts";

const NOTHING = { permissions: "none" } as const;

/** A server with one empty list of each kind, but for one Node. */
function answer(request: TransportRequest): TransportResponse {
  const isNode = request.path.startsWith("/api/v1/nodes");
  const node = { metadata: { name: "node-1", resourceVersion: "5" } };
  const bookmark = {
    metadata: {
      resourceVersion: "9",
      annotations: { "k8s.io/initial-events-end": "true" },
    },
  };
  const lines = [
    ...(isNode ? [{ type: "ADDED", object: node }] : []),
    { type: "BOOKMARK", object: bookmark },
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  async function* body(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield new TextEncoder().encode(text);
  }
  return { status: 200, body: body() };
}

Deno.test(
  "feedAll() hands every kind on and has the rules looked at when they change",
  NOTHING,
  async () => {
    const logged: string[] = [];
    setUpLogs({
      format: "text",
      verbosity: 0,
      write: (line) => logged.push(line),
    });
    const stop = new AbortController();
    const events: SourceEvent[] = [];
    let checks = 0;
    const order: string[] = [];
    const agent = {
      handle(input: SourceEvent): void {
        events.push(input);
        if (input.source === "Service") order.push(input.event.kind);
        const synced = events.filter(({ event }) => event.kind === "synced");
        if (synced.length === 4) stop.abort();
      },
      checkRules: () => void checks++,
      beforeServices: () => Promise.resolve(void order.push("before")),
      rulesKey: () =>
        String(events.some(({ event }) => event.kind === "upsert")),
    };
    await feedAll(agent, "node-1", {
      transport: {
        send: (request) => Promise.resolve(answer(request)),
        reset: () => {},
      },
      clock: HOST_CLOCK,
      signal: stop.signal,
      random: () => 0.5,
    });
    const kinds = new Set(events.map(({ source }) => source));
    assertEquals(kinds.size, 4);
    assertEquals(checks, 1);
    assertEquals(order, ["before", "synced"]);
    assert(logged.some((line) => line.includes("in step with the API server")));
  },
);
