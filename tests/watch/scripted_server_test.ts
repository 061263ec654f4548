import { assertEquals, assertMatch } from "@std/assert";
import { serverAccess } from "../../mod/watch/access.ts";
import { openTransport } from "../../mod/watch/api_transport.ts";
import expired from "../apiserver/recordings/error-exact-old-version.json" with {
  type: "json",
};
import tooLarge from "../apiserver/recordings/error-version-too-large.json" with {
  type: "json",
};
import {
  end,
  line,
  LIST,
  mark,
  page,
  refuse,
  type Script,
  send,
  STAY,
  testScript,
  trickle,
} from "./script_support.ts";
import { Following } from "./socket_support.ts";
import { THINGS } from "./step_support.ts";
import { testSocket } from "./tls_support.ts";
import { TinyServer } from "./tiny_server.ts";

const TOO_MANY = {
  kind: "Status",
  reason: "TooManyRequests",
  message: "too many requests, please try again later",
  code: 429,
};

const SCRIPTS: readonly Script[] = [
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
    name: "429 with Retry-After, as priority and fairness sends it",
    answers: [
      refuse(429, TOO_MANY, {
        "Retry-After": "7",
        "X-Kubernetes-Pf-Flowschema-Uid": "f",
        "X-Kubernetes-Pf-Prioritylevel-Uid": "p",
      }),
      send(LIST, "stay"),
    ],
    asked: ["stream rv=", "stream rv="],
    objects: "n/a@5 n/b@6",
    told: [/^desynced: The API server is busy \(HTTP 429, too many/, /synced/],
    leastMs: 7_000,
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
  {
    name: "503 with Retry-After in the body alone",
    answers: [
      refuse(503, { kind: "Status", details: { retryAfterSeconds: 5 } }),
      send(LIST, "stay"),
    ],
    asked: ["stream rv=", "stream rv="],
    objects: "n/a@5 n/b@6",
    leastMs: 5_000,
  },
  {
    name: "500 and 502 in a row, with what it has standing",
    answers: [
      send(LIST, "break"),
      refuse(500),
      refuse(502),
      send(line("ADDED", "c", 11), "stay"),
    ],
    asked: ["stream rv=", "watch rv=10", "watch rv=10", "watch rv=10"],
    objects: "n/a@5 n/b@6 n/c@11",
  },
  {
    name: "silence, by a new watch and without a list",
    answers: [send(LIST, "stay"), send(line("DELETED", "a", 11), "stay")],
    asked: ["stream rv=", "watch rv=10"],
    objects: "n/b@6",
    factor: 300,
    leastMs: 150_000,
  },
  {
    name: "a bookmark, from which the next watch begins",
    answers: [send(LIST + mark(77), "end"), STAY],
    asked: ["stream rv=", "watch rv=77"],
    objects: "n/a@5 n/b@6",
  },
  {
    name: "versions out of order, as the server sends them",
    answers: [
      send(LIST + line("MODIFIED", "a", 12) + line("MODIFIED", "b", 11), "end"),
      send(line("MODIFIED", "a", 12), "stay"),
    ],
    asked: ["stream rv=", "watch rv=11"],
    objects: "n/a@12 n/b@11",
  },
  {
    name: "410 as a line of the watch",
    answers: [
      send(
        `${LIST}{"type":"ERROR","object":${JSON.stringify(expired)}}\n`,
        "end",
      ),
      send(line("ADDED", "b", 6) + end(20), "stay"),
    ],
    asked: ["stream rv=", "stream rv="],
    objects: "n/b@6",
  },
  {
    name: "an object without a name, and what comes after it",
    answers: [
      send(
        `${LIST}{"type":"ADDED","object":{"metadata":{}}}\n` +
          line("ADDED", "bomb", 11) + line("ADDED", "c", 12),
        "stay",
      ),
    ],
    asked: ["stream rv="],
    objects: "n/a@5 n/b@6 n/c@12",
    told: [/^synced/, /^garbage: .*no name/, /^garbage: Cannot decode Thing n/],
  },
  {
    name: "a page that is cut, by the same page",
    answers: [
      refuse(422),
      page(["a"], "t1"),
      (_, response) => {
        response.end('{"kind":"ThingList","metadata":{"resourceVersion":"10"');
      },
      page(["b"]),
      STAY,
    ],
    asked: ["stream rv=", "list rv=0", "list t1", "list t1", "watch rv=10"],
    objects: "n/a@5 n/b@5",
  },
  {
    name: "TLS that is cut within a line",
    answers: [
      send(LIST + line("DELETED", "a", 11).slice(0, 30), "break"),
      send(line("DELETED", "a", 11), "stay"),
    ],
    asked: ["stream rv=", "watch rv=10"],
    objects: "n/b@6",
    tls: true,
  },
  {
    name: "a slow server, without taking it for silent",
    answers: [trickle(LIST, 40)],
    asked: ["stream rv="],
    objects: "n/a@5 n/b@6",
    factor: 400,
    leastMs: 120_000,
  },
];

SCRIPTS.forEach(testScript);

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
