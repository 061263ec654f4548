import { assertEquals } from "@std/assert";
import { Watchdog } from "../../mod/watch/watchdog.ts";
import { SimClock } from "./sim_clock.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "Watchdog ends a request that is unfed for too long",
  PURE,
  async () => {
    const clock = new SimClock();
    using watchdog = new Watchdog(clock, new AbortController().signal, 1000);
    watchdog.feed();
    await clock.pass(900);
    watchdog.feed();
    await clock.pass(900);
    assertEquals(watchdog.silent ? "silent" : "awake", "awake");
    await clock.pass(200);
    assertEquals(watchdog.silent ? "silent" : "awake", "silent");
    assertEquals(watchdog.signal.aborted ? "ended" : "runs", "ended");
  },
);

Deno.test(
  "Watchdog does not count the time in which nobody reads",
  PURE,
  async () => {
    const clock = new SimClock();
    using watchdog = new Watchdog(clock, new AbortController().signal, 1000);
    watchdog.rest();
    await clock.pass(60_000);
    assertEquals(watchdog.silent ? "silent" : "awake", "awake");
  },
);

Deno.test(
  "Watchdog passes on the end of all, which is no silence",
  PURE,
  async () => {
    const outer = new AbortController();
    using watchdog = new Watchdog(new SimClock(), outer.signal, 1000);
    outer.abort();
    await Promise.resolve();
    assertEquals(watchdog.signal.aborted ? "ended" : "runs", "ended");
    assertEquals(watchdog.silent ? "silent" : "awake", "awake");
  },
);
