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
      clock.plan(1, nowMs);
      waits.push(clock.nextMs - nowMs);
      nowMs = clock.nextMs;
      clock.look();
    }
    assertEquals(waits, [1_000, 2_000, 4_000, 5_000, 5_000]);
    clock.plan(0, nowMs);
    assertEquals(clock.nextMs, Infinity);
    clock.plan(1, nowMs);
    assertEquals(clock.nextMs - nowMs, 1_000);
    clock.postpone(nowMs + 9_000);
    assertEquals(clock.nextMs - nowMs, 9_000);
  },
});
