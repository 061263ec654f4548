/**
 * Answers of an API server written byte by byte, and what a reflector makes of
 * them over a real socket.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { serverAccess } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import { Following, HurriedClock } from "./socket_support.ts";
import { thing, THINGS } from "./step_support.ts";
import { accessTo, startMirror, testSocket } from "./tls_support.ts";
import { type Answer, TinyServer } from "./tiny_server.ts";

/** Line of a watch. */
export function line(type: string, name: string, version: number): string {
  return `{"type":"${type}","object":${thing(name, version)}}\n`;
}

/** Line that ends the initial events. */
export function end(version: number): string {
  const annotations = { "k8s.io/initial-events-end": "true" };
  const metadata = { resourceVersion: `${version}`, annotations };
  return `${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`;
}

/** A page of a list. */
export function page(names: readonly string[], token = ""): Answer {
  const items = names.map((name) => JSON.parse(thing(name, 5)));
  const metadata = { resourceVersion: "10", continue: token };
  return (_, response) => {
    response.end(JSON.stringify({ kind: "ThingList", metadata, items }));
  };
}

/** A refusal. */
export function refuse(code: number, body: object = {}, headers = {}): Answer {
  return (_, response) => {
    response.writeHead(code, headers);
    response.end(JSON.stringify(body));
  };
}

/** Text in odd pieces; then the body ends, breaks or stays open. */
export function send(text: string, then: "end" | "break" | "stay"): Answer {
  return (_, response) => {
    for (let start = 0; start < text.length; start += 37) {
      response.write(text.slice(start, start + 37));
    }
    if (then === "end") response.end();
    if (then === "break") response.write(" ", () => response.destroy());
  };
}

/** A bookmark within a watch. */
export function mark(version: number): string {
  const metadata = { resourceVersion: `${version}` };
  return `${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`;
}

/** Text in pieces with so many ms between them; then it stays open. */
export function trickle(text: string, ms: number): Answer {
  return async (_, response) => {
    for (let start = 0; start < text.length; start += 37) {
      if (start > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      response.write(text.slice(start, start + 37));
    }
  };
}

/** A whole streaming list: a at 5, b at 6. */
export const LIST: string = line("ADDED", "a", 5) + line("ADDED", "b", 6) +
  end(10);
/** An open answer that says nothing. */
export const STAY: Answer = send("", "stay");

/** Answers in order, then what was asked and what came of it. */
export interface Script {
  /** What is come through. */
  readonly name: string;
  /** The server's answers. */
  readonly answers: readonly Answer[];
  /** What it was asked, in short. */
  readonly asked: readonly string[];
  /** What the consumer holds in the end. */
  readonly objects: string;
  /** How much faster the reflector's time runs; absent: 20. */
  readonly factor?: number;
  /** Whether the socket is TLS; absent: plain. */
  readonly tls?: boolean;
  /** What was told beside objects, in order; absent: not looked at. */
  readonly told?: readonly RegExp[];
  /** Least time from the first request to the last, in the reflector's ms. */
  readonly leastMs?: number;
}

/** Makes a test of a script. */
export function testScript(script: Script): void {
  testSocket(
    `follow() over a socket comes through ${script.name}`,
    async () => {
      if (script.tls !== true) {
        await using server = await TinyServer.start();
        await play(script, server, serverAccess(server.url));
        return;
      }
      await using mirror = await startMirror();
      await play(script, mirror.server, accessTo(mirror));
    },
  );
}

async function play(
  { answers, asked, objects, factor = 20, told, leastMs = 0 }: Script,
  server: TinyServer,
  access: Parameters<typeof openTransport>[0],
): Promise<void> {
  server.script(...answers);
  const transport = await openTransport(access);
  const clock = new HurriedClock(factor);
  await using following = new Following(THINGS, transport, clock);
  await following.until("the first request", () => server.requests.length > 0);
  const startMs = clock.monotonicMs();
  await following.until(
    `${objects} after ${asked.length} requests`,
    (held) =>
      server.requests.length === asked.length &&
      held.told.length >= (told?.length ?? 1) &&
      format(held.objects) === objects,
  );
  const tookMs = clock.monotonicMs() - startMs;
  assertEquals(server.requests.map(({ url }) => formatQuery(url)), asked);
  if (tookMs < leastMs) throw new Error(`after ${tookMs} ms already`);
  for (const [at, pattern] of (told ?? []).entries()) {
    const text = `${following.told[at]}`;
    if (!pattern.test(text)) throw new Error(`${text} is not ${pattern}`);
  }
  transport.close();
}

function format(objects: ReadonlyMap<string, string>): string {
  return [...objects].map((entry) => entry.join("@")).sort().join(" ");
}

function formatQuery({ searchParams: query }: URL): string {
  const token = query.get("continue");
  if (token !== null) return `list ${token}`;
  const version = `rv=${query.get("resourceVersion")}`;
  if (query.has("sendInitialEvents")) return `stream ${version}`;
  return `${query.has("watch") ? "watch" : "list"} ${version}`;
}
