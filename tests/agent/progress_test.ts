import { assertEquals } from "@std/assert";
import { Progress } from "../../mod/agent/progress.ts";

Deno.test("Progress tells work that hangs, and rest past its time", {
  permissions: "none",
}, async () => {
  let nowMs = 1_000;
  const progress = new Progress({ monotonicMs: () => nowMs });
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = progress.during(() => promise);
  nowMs = 5_000;
  assertEquals(progress.lateMs(Infinity), 4_000);
  resolve();
  await work;
  assertEquals(progress.lateMs(0), 0);
  nowMs = 9_000;
  assertEquals(progress.lateMs(Infinity), 0);
  assertEquals(progress.lateMs(10_000), 0);
  assertEquals(progress.lateMs(7_000), 2_000);
});
