import { assert, assertEquals } from "@std/assert";
import { newTouched } from "../../mod/diff/mod.ts";
import { WorkQueue } from "../../mod/agent/work_queue.ts";
import type { ServiceName } from "../../mod/model/mod.ts";

const permissions = "none";
const names = (...texts: string[]): ServiceName[] => texts as ServiceName[];

Deno.test({
  name: "WorkQueue takes the first ones, then single changes, then the bulk",
  permissions,
  fn: () => {
    const queue = new WorkQueue(new Set(["k/dns"]));
    queue.mark(names("a/1", "a/2", "k/dns"), 0, "bulk");
    queue.mark(names("b/1", "a/2"), 5);
    assertEquals([...queue.takeDirty(2).keys()], names("k/dns", "a/2"));
    assertEquals([...queue.takeDirty(9).keys()], names("b/1", "a/1"));
    assertEquals(queue.hasDirty || queue.size > 0 ? "left" : "empty", "empty");
  },
});

Deno.test({
  name: "WorkQueue doubles the wait of what fails, up to a limit",
  permissions,
  fn: () => {
    const queue = new WorkQueue(new Set());
    queue.touch("a/1", newTouched());
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const [unit] = queue.due(Infinity);
      if (unit === undefined) throw new Error("no unit");
      const times = { nowMs: 0, retryMs: 1_000, retryMaxMs: 60_000 };
      waits.push(queue.fail(unit, { error: "no", ...times }));
    }
    assertEquals(waits, [
      ...[1_000, 2_000, 4_000, 8_000, 16_000, 32_000],
      ...[60_000, 60_000],
    ]);
    assertEquals(queue.due(0), []);
    queue.touch("a/1", newTouched());
    assertEquals(queue.due(0).length, 1, "a new change is tried at once");
  },
});

Deno.test({
  name:
    "WorkQueue knows what of a wave has not been tried, whatever comes later",
  permissions,
  fn: () => {
    const queue = new WorkQueue(new Set());
    const times = { nowMs: 0, retryMs: 1_000, retryMaxMs: 60_000 };
    queue.mark(["a/dirty" as ServiceName], 0);
    queue.touch("a/done", newTouched());
    queue.touch("a/fails", newTouched());
    queue.beginWave();
    queue.mark(["a/later" as ServiceName], 0);
    const [done, fails] = queue.due(0);
    if (done === undefined || fails === undefined) throw new Error("no unit");
    queue.done(done);
    queue.touch("a/done", newTouched());
    queue.fail(fails, { error: "no", ...times });
    assert(queue.hasWave(0));
    queue.takeDirty(1);
    assert(!queue.hasWave(0));
    assert(queue.hasDirty);
  },
});
