import { assertEquals } from "@std/assert";
import { DrainClock } from "../../mod/agent/drain_clock.ts";

Deno.test({
  name: "DrainClock looks soon, then less often, then not at all",
  permissions: "none",
  fn: () => {
    const clock = new DrainClock();
    const waits: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 5; i++) {
      clock.plan(60_000, nowMs);
      waits.push(clock.nextMs - nowMs);
      nowMs = clock.nextMs;
      clock.look();
    }
    assertEquals(waits, [1_000, 2_000, 4_000, 5_000, 5_000]);
    clock.plan(Infinity, nowMs);
    assertEquals(clock.nextMs, Infinity);
    clock.plan(nowMs + 60_000, nowMs);
    assertEquals(clock.nextMs - nowMs, 1_000);
    clock.postpone(nowMs + 9_000);
    assertEquals(clock.nextMs - nowMs, 9_000);
  },
});

Deno.test({
  name: "node-crash-15min: DrainClock looks when the first drain is over",
  permissions: "none",
  fn: () => {
    const clock = new DrainClock();
    for (let look = 0; look < 5; look++) {
      clock.plan(60_000, 0);
      clock.look();
    }
    clock.plan(2_000.4, 0);
    assertEquals(clock.nextMs, 2_001);
    clock.look();
    // What could not be taken in its time does not keep the loop busy.
    clock.plan(2_000.4, 2_001);
    assertEquals(clock.nextMs, 7_001);
  },
});
