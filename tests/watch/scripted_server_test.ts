import { assertEquals, assertMatch } from "@std/assert";
import { serverAccess } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import expired from "../apiserver/recordings/error-exact-old-version.json" with {
  type: "json",
};
import tooLarge from "../apiserver/recordings/error-version-too-large.json" with {
  type: "json",
};
import { Following, HurriedClock } from "./socket_support.ts";
import { thing, THINGS } from "./step_support.ts";
import { testSocket } from "./tls_support.ts";
import { type Answer, TinyServer } from "./tiny_server.ts";

/** Line of a watch. */
function line(type: string, name: string, version: number): string {
  return `{"type":"${type}","object":${thing(name, version)}}\n`;
}

/** Line that ends the initial events. */
function end(version: number): string {
  const annotations = { "k8s.io/initial-events-end": "true" };
  const metadata = { resourceVersion: `${version}`, annotations };
  return `${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`;
}

/** A page of a list. */
function page(names: readonly string[], token = ""): Answer {
  const items = names.map((name) => JSON.parse(thing(name, 5)));
  const metadata = { resourceVersion: "10", continue: token };
  return (_, response) => {
    response.end(JSON.stringify({ kind: "ThingList", metadata, items }));
  };
}

/** A refusal. */
function refuse(code: number, body: object = {}, headers = {}): Answer {
  return (_, response) => {
    response.writeHead(code, headers);
    response.end(JSON.stringify(body));
  };
}

/** Text in odd pieces; then the body ends, breaks or stays open. */
function send(text: string, then: "end" | "break" | "stay"): Answer {
  return (_, response) => {
    for (let start = 0; start < text.length; start += 37) {
      response.write(text.slice(start, start + 37));
    }
    if (then === "end") response.end();
    if (then === "break") response.write(" ", () => response.destroy());
  };
}

const LIST = line("ADDED", "a", 5) + line("ADDED", "b", 6) + end(10);
const STAY = send("", "stay");

/** Answers in order, then what was asked and what came of it. */
const SCRIPTS: readonly {
  readonly name: string;
  readonly answers: readonly Answer[];
  readonly asked: readonly string[];
  readonly objects: string;
}[] = [
  {
    name: "a time limit that is up",
    answers: [send(LIST + line("ADDED", "c", 11), "end"), STAY],
    asked: ["stream rv=", "watch rv=11"],
    objects: "n/a@5 n/b@6 n/c@11",
  },
  {
    name: "a connection that breaks within a line",
    answers: [
      send(LIST + line("DELETED", "a", 11).slice(0, 30), "break"),
      send(line("DELETED", "a", 11), "stay"),
    ],
    asked: ["stream rv=", "watch rv=10"],
    objects: "n/b@6",
  },
  {
    name: "doubles",
    answers: [send(LIST + line("MODIFIED", "a", 12).repeat(3), "stay")],
    asked: ["stream rv="],
    objects: "n/a@12 n/b@6",
  },
  {
    name: "a delete that was missed",
    answers: [
      send(LIST, "break"),
      refuse(410, expired),
      send(line("ADDED", "b", 6) + end(20), "stay"),
    ],
    asked: ["stream rv=", "watch rv=10", "stream rv="],
    objects: "n/b@6",
  },
  {
    name: "a version that another server has not reached",
    answers: [
      send(LIST, "break"),
      refuse(504, tooLarge),
      send(line("ADDED", "b", 7) + end(11), "stay"),
    ],
    asked: ["stream rv=", "watch rv=10", "stream rv="],
    objects: "n/b@7",
  },
  {
    name: "streaming lists that are refused, and pages",
    answers: [refuse(422), page(["a"], "t1"), page(["b"]), STAY],
    asked: ["stream rv=", "list rv=0", "list t1", "watch rv=10"],
    objects: "n/a@5 n/b@5",
  },
  {
    name: "a token that expired",
    answers: [
      refuse(422),
      page(["a"], "t1"),
      refuse(410, expired),
      page(["b"]),
      STAY,
    ],
    asked: ["stream rv=", "list rv=0", "list t1", "list rv=", "watch rv=10"],
    objects: "n/b@5",
  },
  {
    name: "429 with Retry-After",
    answers: [
      refuse(429, {}, { "Retry-After": "2" }),
      send(LIST, "stay"),
    ],
    asked: ["stream rv=", "stream rv="],
    objects: "n/a@5 n/b@6",
  },
  {
    name: "a page of HTML from a proxy in between",
    answers: [
      (_, response) => {
        response.end("<html>\n<body>\nlog in\n");
      },
      send(LIST, "stay"),
    ],
    asked: ["stream rv=", "stream rv="],
    objects: "n/a@5 n/b@6",
  },
];

for (const { name, answers, asked, objects } of SCRIPTS) {
  testSocket(`follow() over a socket comes through ${name}`, async () => {
    await using server = await TinyServer.start();
    server.script(...answers);
    const transport = await openTransport(serverAccess(server.url));
    await using following = new Following(
      THINGS,
      transport,
      new HurriedClock(20),
    );
    await following.until(
      `${objects} after ${asked.length} requests`,
      (held) =>
        server.requests.length === asked.length && held.told.length > 0 &&
        format(held.objects) === objects,
    );
    assertEquals(server.requests.map(({ url }) => formatQuery(url)), asked);
    transport.close();
  });
}

testSocket(
  "follow() over a socket tells garbage and what came after it",
  async () => {
    await using server = await TinyServer.start();
    const bad = `}{\n${"x".repeat(9 * 1024 * 1024)}\n`;
    server.script((_, response) => {
      response.write(`${LIST}${bad}${line("ADDED", "c", 11)}`);
    });
    const transport = await openTransport(serverAccess(server.url));
    await using following = new Following(THINGS, transport);
    await following.until("c", ({ objects }) => objects.has("n/c"));
    const [synced, garbage, huge] = following.told;
    assertEquals(synced, "synced");
    assertMatch(`${garbage}`, /^garbage: Cannot read a line of the watch/);
    assertMatch(`${huge}`, /^garbage: Cannot take a Thing object of 9\.0 MiB/);
    transport.close();
  },
);

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
