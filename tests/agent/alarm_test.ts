import { assert, assertEquals, assertRejects } from "@std/assert";
import { Alarm } from "../../mod/agent/alarm.ts";
import { FakeClock } from "../support/fake_clock.ts";

const PURE = { permissions: "none" } as const;
const NEVER = new AbortController().signal;

Deno.test(
  "Alarm sleeps until something is due, or until it is woken",
  PURE,
  async () => {
    const clock = new FakeClock();
    const alarm = new Alarm(clock);
    let isOver = false;
    const first = alarm.rest(500, NEVER).then(() => isOver = true);
    await clock.advance(499);
    assert(!isOver);
    await clock.advance(1);
    await first;
    const second = alarm.rest(Infinity, NEVER);
    alarm.wake();
    await second;
    assertEquals(clock.monotonicMs() % 1_000, 500);
  },
);

Deno.test(
  "Alarm forces a rest after 500 turns that had none",
  PURE,
  async () => {
    const clock = new FakeClock();
    const alarm = new Alarm(clock);
    for (let turn = 1; turn < 500; turn++) await alarm.rest(0, NEVER);
    let isOver = false;
    const rest = alarm.rest(0, NEVER).then(() => isOver = true);
    await clock.advance(99);
    assert(!isOver);
    await clock.advance(1);
    await rest;
  },
);

Deno.test(
  "Alarm does not rest once all is to end, and hides no failure of the clock",
  PURE,
  async () => {
    await new Alarm(new FakeClock()).rest(500, AbortSignal.abort());
    const broken = new FakeClock();
    broken.sleep = () => Promise.reject(new Error("broken"));
    await assertRejects(
      () => new Alarm(broken).rest(1, NEVER),
      Error,
      "broken",
    );
  },
);
