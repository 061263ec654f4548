import { assertEquals } from "@std/assert";
import type { LabEvent } from "../lab/mod.ts";
import { NARRATION, type Narration } from "./narration.ts";
import { colours, plain } from "./palette.ts";
import { Screen } from "./screen.ts";

const PURE = { permissions: "none" } as const;

function told(value: Narration): LabEvent {
  return { kind: "data", name: NARRATION, value };
}

function shown(screen: Screen, ...events: readonly LabEvent[]): string[] {
  return events.flatMap((event) => [...screen.show(event, 1_500)]);
}

Deno.test("Screen numbers the steps and says when they begin", PURE, () => {
  const screen = new Screen(plain);
  const lines = shown(
    screen,
    { kind: "step", name: "first" },
    { kind: "step-end", name: "first", ms: 5 },
    { kind: "step", name: "second" },
  );
  assertEquals(lines, ["", "[  1.5 s] 1. first", "", "[  1.5 s] 2. second"]);
});

Deno.test("Screen says when setting up got further", PURE, () => {
  const event = told({ kind: "progress", text: "node-1 is there" });
  assertEquals(shown(new Screen(plain), event), [
    "[  1.5 s]   node-1 is there",
  ]);
});

Deno.test("Screen shows a command as typed on its node", PURE, () => {
  const lines = shown(
    new Screen(plain),
    told({
      kind: "command",
      place: "node-1",
      command: "ipvsadm -Ln",
      output: ["TCP  10.96.0.12:5432 rr", ""],
    }),
  );
  assertEquals(lines, [
    "   node-1# ipvsadm -Ln",
    "     TCP  10.96.0.12:5432 rr",
    "",
  ]);
});

Deno.test("Screen sums up what was proven", PURE, () => {
  const screen = new Screen(plain);
  shown(
    screen,
    { kind: "step", name: "a step" },
    told({ kind: "proof", claim: "it answers", seen: "db-1 in 2 ms" }),
    told({ kind: "proof", claim: "it ends", seen: "reset" }),
    { kind: "step-end", name: "a step", ms: 5 },
    { kind: "end" },
  );
  assertEquals(screen.ending, {});
  assertEquals(screen.summary(61_700), [
    "",
    "What was proven",
    "   ok  it answers  db-1 in 2 ms",
    "   ok  it ends     reset",
    "",
    "2 claims proven in 61.7 s",
  ]);
});

Deno.test(
  "Screen names the step that failed, and keeps its first reason",
  PURE,
  () => {
    const screen = new Screen(plain);
    const lines = shown(
      screen,
      { kind: "step", name: "a step" },
      { kind: "text", text: "the agent's log" },
      {
        kind: "step-end",
        name: "a step",
        ms: 5,
        failure: "Error: no\nmore\n    at x",
      },
      { kind: "end", failure: "Cannot go on" },
    );
    assertEquals(lines.slice(2), [
      "   the agent's log",
      "   FAILED Error: no",
      "   more",
    ]);
    assertEquals(screen.ending.failedStep, "a step");
    assertEquals(screen.summary(2_000).slice(-2), [
      'FAILED in step "a step", in 2.0 s',
      "Error: no",
    ]);
  },
);

Deno.test("Screen says so when the guest ended by itself", PURE, () => {
  const screen = new Screen(plain);
  shown(screen, { kind: "end", failure: "the guest ended" });
  assertEquals(screen.ending, { failure: "the guest ended" });
  assertEquals(screen.summary(10).slice(-2), [
    "FAILED, in 10 ms",
    "the guest ended",
  ]);
});

Deno.test("Screen uses the palette that it was given", PURE, () => {
  const lines = shown(
    new Screen(colours),
    told({ kind: "proof", claim: "it answers", seen: "yes" }),
  );
  assertEquals(lines, ["   \x1b[1;32mok\x1b[0m it answers: yes"]);
});
