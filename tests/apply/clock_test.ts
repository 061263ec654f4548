import { assert, assertEquals, assertRejects } from "@std/assert";
import { HOST_CLOCK, waitFor } from "#apply";
import { FakeClock } from "../support/fake_clock.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "HOST_CLOCK sleeps, and leaves no timer when aborted",
  PURE,
  async () => {
    const before = HOST_CLOCK.monotonicMs();
    await HOST_CLOCK.sleep(5, new AbortController().signal);
    assert(HOST_CLOCK.monotonicMs() - before >= 4);
    assert(HOST_CLOCK.nowMs() > Date.UTC(2020));
    const control = new AbortController();
    const sleep = HOST_CLOCK.sleep(60_000, control.signal);
    control.abort(new Error("enough"));
    await assertRejects(() => sleep, Error, "enough");
    await assertRejects(
      () => HOST_CLOCK.sleep(1, control.signal),
      Error,
      "enough",
    );
  },
);

Deno.test("FakeClock wakes sleepers in order of their time", PURE, async () => {
  const clock = new FakeClock(1_000);
  const { signal } = new AbortController();
  const woken: string[] = [];
  const note = (name: string, ms: number): Promise<void> =>
    clock.sleep(ms, signal).then(() => {
      woken.push(`${name} ${clock.nowMs()}`);
    });
  const late = note("late", 50);
  const soon = note("soon", 10).then(() => note("then", 15));
  await clock.advance(9);
  assertEquals(woken, []);
  await clock.advance(41);
  assertEquals(woken, ["soon 1010", "then 1025", "late 1050"]);
  await Promise.all([late, soon]);
  assertEquals([clock.monotonicMs(), clock.sleepers], [50, 0]);
});

Deno.test(
  "FakeClock forgets sleepers that gave up; its wall may jump",
  PURE,
  async () => {
    const clock = new FakeClock(1_000);
    const control = new AbortController();
    const sleep = clock.sleep(10, control.signal);
    control.abort(new Error("enough"));
    await assertRejects(() => sleep, Error, "enough");
    assertEquals(clock.sleepers, 0);
    clock.setWall(5);
    await clock.advance(2);
    assertEquals([clock.nowMs(), clock.monotonicMs()], [7, 2]);
  },
);

Deno.test("waitFor() ends after its time, or at the signal", PURE, async () => {
  const control = new AbortController();
  await waitFor(1, control.signal);
  const waiting = waitFor(60_000, control.signal);
  control.abort();
  await waiting;
  await waitFor(60_000, control.signal);
});
