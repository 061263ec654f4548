import { assertEquals } from "@std/assert";
import { resumeDrain, resumeHandDrain } from "../../mod/agent/resume.ts";
import type { Drain } from "../../mod/diff/mod.ts";
import type { DrainTarget } from "../../mod/plan/mod.ts";

const NOW = { nowMs: 10_000_000, graceMs: 60_000 };

interface Times {
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly goneMs?: number;
}

/** Times from now on. */
function drain({ startedMs, deadlineMs, goneMs }: Times): Drain {
  return {
    startedMs: NOW.nowMs + startedMs,
    deadlineMs: NOW.nowMs + deadlineMs,
    ...(goneMs === undefined ? {} : { goneMs: NOW.nowMs + goneMs }),
  } as Drain;
}

const CASES: readonly (readonly [name: string, Times, Times])[] = [
  [
    "in its time stays as it is",
    { startedMs: -100_000, deadlineMs: 800_000, goneMs: -59_999 },
    { startedMs: -100_000, deadlineMs: 800_000, goneMs: -59_999 },
  ],
  [
    "of later has its limit from now on",
    { startedMs: 3_600_000, deadlineMs: 4_500_000, goneMs: 3_600_000 },
    { startedMs: 0, deadlineMs: 900_000, goneMs: 0 },
  ],
  [
    "of an endpoint that seems gone for long has the drain time",
    { startedMs: -70_000, deadlineMs: 830_000, goneMs: -60_000 },
    { startedMs: -70_000, deadlineMs: 830_000, goneMs: 0 },
  ],
  [
    "at its limit, as it seems, has the drain time",
    { startedMs: -3_600_000, deadlineMs: -2_700_000 },
    { startedMs: -3_600_000, deadlineMs: 60_000 },
  ],
  [
    "of a short limit has no more than that",
    { startedMs: -3_600_000, deadlineMs: -3_570_000, goneMs: -3_600_000 },
    { startedMs: -3_600_000, deadlineMs: 30_000, goneMs: 0 },
  ],
  [
    "of no limit is over",
    { startedMs: -5, deadlineMs: -5 },
    { startedMs: -5, deadlineMs: 0 },
  ],
];

for (const [name, before, after] of CASES) {
  Deno.test({
    name: `resumeDrain(): one ${name}`,
    permissions: "none",
    fn: () => assertEquals(resumeDrain(drain(before), NOW), drain(after)),
  });
}

Deno.test({
  name: "resumeHandDrain() lengthens nothing, and lets end what is over",
  permissions: "none",
  fn: () => {
    const target = "10.244.1.1" as DrainTarget;
    const { nowMs } = NOW;
    assertEquals(
      resumeHandDrain(
        { target, startedMs: nowMs + 5, deadlineMs: nowMs + 25 },
        NOW,
      ),
      { target, startedMs: nowMs, deadlineMs: nowMs + 20 },
    );
    const over = { target, startedMs: 1, deadlineMs: 2 };
    assertEquals(resumeHandDrain(over, NOW), over);
  },
});
