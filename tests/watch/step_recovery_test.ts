import { assertEquals, assertMatch } from "@std/assert";
import { BACKOFF_CEILING_MS } from "../../mod/watch/backoff.ts";
import { ABSENT_RETRY_MS, GARBAGE_RUN } from "../../mod/watch/step.ts";
import {
  bookmark,
  closed,
  event,
  item,
  line,
  opened,
  pageEnd,
  refused,
  silent,
  Stepper,
  unreachable,
} from "./step_support.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "stepReflector() opens again at once when the time was up",
  PURE,
  () => {
    const stepper = Stepper.watching().after(450_000);
    stepper.feed(closed);
    assertEquals(stepper.action, "open after 0 watch rv=10");
  },
);

Deno.test(
  "stepReflector() falls back to pages when streaming lists are refused",
  PURE,
  () => {
    const stepper = new Stepper();
    assertEquals(stepper.feed(refused(422, { reason: "Invalid" })), []);
    assertEquals(stepper.action, "open after 0 list rv=0 limited");
    stepper.feed(opened, item("a", 5), pageEnd(10, "t1"));
    assertEquals(stepper.action, "open after 0 list continue=t1 limited");
    assertEquals(stepper.feed(opened, item("b", 6), pageEnd(10)), [
      "upsert n/b@6",
      "synced",
    ]);
    assertEquals(stepper.action, "open after 0 watch rv=10");
  },
);

Deno.test(
  "stepReflector() begins the list again when its token expired, in the end in one piece",
  PURE,
  () => {
    const stepper = new Stepper();
    stepper.feed(refused(400), opened, item("a", 5), pageEnd(10, "t1"));
    stepper.feed(refused(410, { reason: "Expired" }));
    assertEquals(stepper.action, "open after 400 list rv= limited");
    stepper.feed(opened, item("a", 5), pageEnd(11, "t2"), refused(410));
    assertEquals(stepper.action, "open after 800 list rv=");
    assertEquals(stepper.feed(opened, item("a", 9), pageEnd(12)), [
      "upsert n/a@9",
      "synced",
    ]);
  },
);

Deno.test(
  "stepReflector() asks for a page again when it broke off",
  PURE,
  () => {
    const stepper = new Stepper();
    stepper.feed(refused(400), opened, item("a", 5), pageEnd(10, "t1"), opened);
    assertMatch(
      stepper.feed(item("b", 6), { kind: "closed" }).join(),
      /upsert n\/b@6,desynced: Cannot read the list of Thing objects/,
    );
    assertEquals(stepper.action, "open after 400 list continue=t1 limited");
    assertEquals(stepper.feed(opened, item("b", 6), pageEnd(10)), ["synced"]);
  },
);

Deno.test(
  "stepReflector() tries pages after three streaming lists that were cut",
  PURE,
  () => {
    const stepper = new Stepper();
    for (let cut = 0; cut < 3; cut++) {
      assertMatch(stepper.action, /stream/);
      stepper.feed(opened, event("ADDED", "a", 5), unreachable());
    }
    assertMatch(stepper.action, /list rv=0 limited/);
    stepper.feed(opened, item("a", 5), pageEnd(10), refused(410));
    assertMatch(stepper.action, /stream rv=/);
  },
);

Deno.test(
  "stepReflector() takes a list that falls silent for one that is not understood",
  PURE,
  () => {
    const stepper = new Stepper();
    stepper.feed(opened, event("ADDED", "a", 5), silent);
    assertMatch(stepper.action, /list rv=0 limited/);
  },
);

Deno.test(
  "stepReflector() backs off with full jitter up to a ceiling",
  PURE,
  () => {
    const stepper = new Stepper();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      stepper.feed(unreachable());
      if (stepper.next.kind === "open") waits.push(stepper.next.afterMs);
    }
    assertEquals(waits, [
      ...[400, 800, 1600, 3200, 6400, 12800],
      ...[15000, 15000, 15000],
    ]);
    stepper.random = 0;
    stepper.feed(unreachable());
    assertEquals(stepper.action, "open after 0 stream rv=");
    assertEquals(BACKOFF_CEILING_MS, 30_000);
  },
);

Deno.test(
  "stepReflector() lists soon when a server is back without its history, once",
  PURE,
  () => {
    const stepper = Stepper.watching().after(5000);
    for (let attempt = 0; attempt < 9; attempt++) stepper.feed(unreachable());
    assertEquals(stepper.action, "open after 15000 watch rv=10");
    stepper.feed(refused(410));
    assertEquals(stepper.action, "open after 3200 stream rv=");
    // One that refuses lists too is met as rarely as any that fails.
    stepper.feed(refused(410));
    assertEquals(stepper.action, "open after 6400 stream rv=");
    stepper.feed(refused(410), refused(410), refused(410));
    assertEquals(stepper.action, "open after 15000 stream rv=");
  },
);

Deno.test(
  "stepReflector() does not spin on watches that end at once, and lists in the end",
  PURE,
  () => {
    const stepper = Stepper.watching().after(5000);
    stepper.feed(closed);
    const actions: string[] = [];
    for (let round = 0; round < 12; round++) {
      stepper.feed(opened, closed);
      actions.push(stepper.action);
    }
    assertEquals(actions.slice(0, 3), [
      "open after 400 watch rv=10",
      "open after 800 watch rv=10",
      "open after 1600 watch rv=10",
    ]);
    assertEquals(actions.at(-1), "open after 15000 stream rv=10");
    stepper.feed(opened, bookmark(11, { end: true })); // "a" was deleted
    stepper.after(2000).feed(closed);
    assertEquals(stepper.action, "open after 500 watch rv=11");
  },
);

Deno.test(
  "stepReflector() tells trouble once and says when it is over",
  PURE,
  () => {
    const stepper = Stepper.watching().after(5000);
    assertEquals(stepper.feed(unreachable("A"), unreachable("A")), [
      "desynced: A",
    ]);
    assertEquals(stepper.feed(unreachable("A"), unreachable("B")), [
      "desynced: B",
    ]);
    assertEquals(stepper.feed(opened), ["synced"]);
    assertEquals(stepper.feed(event("ADDED", "b", 12)), ["upsert n/b@12"]);
  },
);

Deno.test(
  "stepReflector() tells the first trouble at once while nothing is known",
  PURE,
  () => {
    assertEquals(new Stepper().feed(unreachable("A")), ["desynced: A"]);
  },
);

Deno.test(
  "stepReflector() takes an absent optional resource for an empty one",
  PURE,
  () => {
    const stepper = new Stepper();
    stepper.optional = true;
    assertEquals(stepper.feed(refused(404)), ["synced"]);
    assertEquals(
      stepper.action,
      `open after ${ABSENT_RETRY_MS * 1.5} stream rv=`,
    );
    assertEquals(stepper.feed(refused(404)), []);
    stepper.feed(opened, event("ADDED", "a", 5), bookmark(6, { end: true }));
    assertEquals(stepper.after(5000).feed(refused(404)), ["delete n/a"]);
  },
);

Deno.test(
  "stepReflector() takes an absent resource that must be there for trouble",
  PURE,
  () => {
    assertMatch(
      new Stepper().feed(refused(404)).join(),
      /^desynced: .*HTTP 404/,
    );
  },
);

Deno.test(
  "stepReflector() escapes control characters of the server's messages",
  PURE,
  () => {
    const [told] = new Stepper().feed(refused(500, { message: "a\u001b[2Jb" }));
    assertMatch(`${told}`, /a\\u001b\[2Jb/);
  },
);

Deno.test(
  "stepReflector() is not held up by an optional resource that it may not see",
  PURE,
  () => {
    const stepper = new Stepper();
    stepper.optional = true;
    assertEquals(stepper.feed(refused(403)), ["synced"]);
    stepper.feed(opened, event("ADDED", "a", 5), bookmark(6, { end: true }));
    // What is known stands when the permission is taken away.
    assertMatch(stepper.after(5000).feed(refused(403)).join(), /^desynced: /);
    assertEquals([...stepper.state.known.keys()], ["n/a"]);
  },
);

Deno.test(
  "stepReflector() gives up an answer that is nothing but garbage, without a flood of events",
  PURE,
  () => {
    const stepper = new Stepper();
    const html = Array.from({ length: GARBAGE_RUN }, () => line("<p>log in"));
    const events = stepper.feed(opened, ...html);
    assertEquals(events.length, GARBAGE_RUN);
    assertMatch(`${events.at(-1)}`, /^desynced: .*not from an API server/);
    assertMatch(stepper.action, /^open after 400 stream/);
  },
);

Deno.test(
  "stepReflector() does not count garbage with good lines in between",
  PURE,
  () => {
    const stepper = Stepper.watching();
    for (let round = 0; round < 2 * GARBAGE_RUN; round++) {
      stepper.feed(line("}{"), event("MODIFIED", "a", 11 + round));
    }
    assertEquals(stepper.action, "read");
  },
);

Deno.test(
  "stepReflector() delivers all again when the server went back in time",
  PURE,
  () => {
    const stepper = Stepper.watching().after(5000);
    stepper.feed(refused(410), opened, event("ADDED", "a", 5));
    assertEquals(stepper.feed(bookmark(7, { end: true })), []);
    assertEquals(stepper.action, "open after 0 stream rv=");
    assertEquals(
      stepper.feed(opened, event("ADDED", "a", 5), bookmark(7, { end: true })),
      ["upsert n/a@5", "synced"],
    );
  },
);
