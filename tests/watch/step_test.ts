import { assertEquals, assertMatch } from "@std/assert";
import type { ReflectorInput } from "../../mod/watch/reflector_types.ts";
import {
  bookmark,
  closed,
  errorLine,
  event,
  line,
  opened,
  refused,
  silent,
  Stepper,
  unreachable,
} from "./step_support.ts";

const PURE = { permissions: "none" } as const;

Deno.test("stepReflector() begins with a streaming list", PURE, () => {
  const stepper = new Stepper();
  assertEquals(stepper.action, "open after 250 stream rv=");
  const events = stepper.feed(
    opened,
    event("ADDED", "a", 5),
    event("ADDED", "b", 6),
    bookmark(10, { end: true }),
  );
  assertEquals(events, ["upsert n/a@5", "upsert n/b@6", "synced"]);
  assertEquals(stepper.action, "read");
});

Deno.test(
  "stepReflector() asks with selectors, a time limit and bookmarks",
  PURE,
  () => {
    const stepper = new Stepper();
    if (stepper.next.kind !== "open") throw new Error("nothing to open");
    const { request } = stepper.next;
    assertEquals(
      request.path,
      "/things?watch=true&allowWatchBookmarks=true&timeoutSeconds=450" +
        "&resourceVersion=&sendInitialEvents=true" +
        "&resourceVersionMatch=NotOlderThan",
    );
  },
);

/** What follows when a watch at version 10 meets this. */
const WATCH_FAILURES: readonly {
  readonly name: string;
  readonly inputs: readonly ReflectorInput[];
  readonly action: string;
  readonly events?: readonly string[];
}[] = [
  {
    name: "an early end is opened again with jitter",
    inputs: [closed],
    action: "open after 500 watch rv=10",
  },
  {
    name: "a bookmark moves the version",
    inputs: [bookmark(77), closed],
    action: "open after 500 watch rv=77",
  },
  {
    name: "an event moves the version",
    inputs: [event("MODIFIED", "a", 12), closed],
    action: "open after 500 watch rv=12",
    events: ["upsert n/a@12"],
  },
  {
    name: "a broken connection is opened again without a list",
    inputs: [unreachable()],
    action: "open after 400 watch rv=10",
  },
  {
    name: "silence is replaced without a list",
    inputs: [silent],
    action: "open after 500 watch rv=10",
  },
  {
    name: "410 lists anew at the newest state",
    inputs: [refused(410, { reason: "Expired" })],
    action: "open after 400 stream rv=",
  },
  {
    name: "410 inside the watch lists anew",
    inputs: [errorLine(410, "Expired")],
    action: "open after 400 stream rv=",
  },
  {
    name: "Gone without a code lists anew",
    inputs: [errorLine(0, "Gone")],
    action: "open after 400 stream rv=",
  },
  {
    name: "a version that the server has not reached lists anew",
    inputs: [refused(504, {
      reason: "Timeout",
      message: "Timeout: Too large resource version: 10, current: 7",
      cause: "ResourceVersionTooLarge",
      retryAfterSeconds: 1,
    })],
    action: "open after 1500 stream rv=",
  },
  {
    name: "a version that the server does not understand lists anew",
    inputs: [refused(400, { reason: "BadRequest" })],
    action: "open after 400 stream rv=10",
  },
  {
    name: "429 waits as long as the server says",
    inputs: [refused(429, { retryAfterSeconds: 7 })],
    action: "open after 7500 watch rv=10",
  },
  {
    name: "503 with Retry-After waits as long as the server says",
    inputs: [refused(503, { retryAfterSeconds: 3 })],
    action: "open after 3500 watch rv=10",
  },
  {
    name: "500 inside the watch goes on from where it was",
    inputs: [errorLine(500, "InternalError")],
    action: "open after 400 watch rv=10",
  },
  {
    name: "a delete is told once",
    inputs: [event("DELETED", "a", 11), event("DELETED", "a", 11)],
    action: "read",
    events: ["delete n/a"],
  },
  {
    name: "a double is harmless",
    inputs: [event("MODIFIED", "a", 11), event("MODIFIED", "a", 11)],
    action: "read",
    events: ["upsert n/a@11"],
  },
  {
    name: "versions out of order are taken as they come",
    inputs: [event("MODIFIED", "a", 12), event("MODIFIED", "b", 11), closed],
    action: "open after 500 watch rv=11",
    events: ["upsert n/a@12", "upsert n/b@11"],
  },
  {
    name: "a watch that is not answered backs off",
    inputs: [closed, silent],
    action: "open after 400 watch rv=10",
  },
  {
    name: "403 is said at once, with what to do",
    inputs: [refused(403, { message: "no" })],
    action: "open after 400 watch rv=10",
    events: [
      "desynced: The API server knows this user but does not allow it (HTTP " +
      "403, no): bind it to a ClusterRole with list and watch on services, " +
      "endpointslices, nodes and servicecidrs (trying again)",
    ],
  },
  {
    name: "a delete and a new one keep their order",
    inputs: [event("DELETED", "a", 11), event("ADDED", "a", 12)],
    action: "read",
    events: ["delete n/a", "upsert n/a@12"],
  },
  {
    name: "401 is said at once, with what to do",
    inputs: [refused(401, { message: "Unauthorized" })],
    action: "open after 400 watch rv=10",
    events: [
      "desynced: The API server does not accept the credential (HTTP 401, " +
      "Unauthorized): it is expired, revoked or of another cluster; renew " +
      "the token or client certificate that the kubeconfig names (trying " +
      "again)",
    ],
  },
];

Deno.test.each(WATCH_FAILURES)(
  "stepReflector() in a watch: $name",
  PURE,
  ({ inputs, action, events = [] }) => {
    const stepper = Stepper.watching().after(5000);
    assertEquals(stepper.feed(...inputs), events);
    assertEquals(stepper.action, action);
  },
);

Deno.test(
  "stepReflector() reports garbage and goes on with the next line",
  PURE,
  () => {
    const garbage = [
      line("}{"),
      line('"text"'),
      line('{"type":"ADDED"}'),
      line('{"type":"PAUSED","object":{"metadata":{"name":"x"}}}'),
      line('{"type":"ADDED","object":{"metadata":{}}}'),
      line('{"type":"BOOKMARK","object":{}}'),
    ];
    for (const input of garbage) {
      const stepper = Stepper.watching();
      const [first, second, ...rest] = stepper.feed(
        input,
        event("ADDED", "b", 12),
      );
      assertMatch(`${first}`, /^garbage: Cannot read a line of the watch: /);
      assertEquals(second, "upsert n/b@12");
      assertEquals(rest, []);
    }
  },
);

Deno.test(
  "stepReflector() reports an object that is too large and one that cannot be decoded",
  PURE,
  () => {
    const stepper = Stepper.watching();
    assertEquals(
      stepper.feed(
        { kind: "line", line: { kind: "too-long", bytes: 10 * 1024 * 1024 } },
        event("ADDED", "bomb", 11),
        event("ADDED", "b", 12),
      ),
      [
        "garbage: Cannot take a Thing object of 10.0 MiB: it is above the " +
        "limit of one object and was left out",
        "garbage: Cannot decode Thing n/bomb: TypeError: it exploded",
        "upsert n/b@12",
      ],
    );
  },
);

Deno.test(
  "stepReflector() lists again when an unreadable line may have hidden a change",
  PURE,
  () => {
    const stepper = Stepper.watching();
    stepper.feed(event("ADDED", "b", 11), line("}{"));
    stepper.after(5000).feed(closed);
    assertEquals(stepper.action, "open after 500 stream rv=11");
    // The list finds the delete that the garbage was.
    assertEquals(
      stepper.feed(opened, event("ADDED", "a", 5), bookmark(13, { end: true })),
      ["delete n/b", "synced"],
    );
    stepper.after(5000).feed(closed);
    assertEquals(stepper.action, "open after 500 watch rv=13");
  },
);

Deno.test(
  "stepReflector() deletes nothing by a list with something unreadable in it",
  PURE,
  () => {
    const stepper = Stepper.watching().after(5000);
    stepper.feed(refused(410));
    const events = stepper.feed(
      opened,
      line("}{"),
      bookmark(20, { end: true }),
    );
    assertEquals(events.slice(1), ["synced"]);
    assertEquals([...stepper.state.known.keys()], ["n/a"]);
  },
);

Deno.test(
  "stepReflector() does not list for ever because of garbage that stays",
  PURE,
  () => {
    const stepper = new Stepper();
    const lists: number[] = [];
    for (let round = 0; round < 40; round++) {
      if (stepper.action.includes("stream")) {
        lists.push(round);
        stepper.feed(opened, line("}{"), bookmark(20, { end: true }));
      } else stepper.feed(opened);
      stepper.after(5000).feed(closed);
    }
    assertEquals(lists, [0, 1, 2, 4, 7, 12, 21, 30, 39]);
  },
);

Deno.test(
  "stepReflector() finds by the next list what was deleted in a gap, and leaves out what is unchanged",
  PURE,
  () => {
    const stepper = Stepper.watching();
    stepper.feed(event("ADDED", "b", 11), event("ADDED", "c", 12));
    stepper.after(5000).feed(refused(410));
    const events = stepper.feed(
      opened,
      event("ADDED", "b", 11),
      event("ADDED", "c", 15),
      bookmark(20, { end: true }),
    );
    assertEquals(events, ["upsert n/c@15", "delete n/a", "synced"]);
  },
);
