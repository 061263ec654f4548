import { assertEquals, assertThrows } from "@std/assert";
import { Faults } from "./faults.ts";

const PURE = { permissions: "none" } as const;
const LIST = { path: "/api/v1/services?limit=5", verb: "list" };
const WATCH = { path: "/api/v1/services?watch=1", verb: "watch" };

Deno.test("a fault happens as often as its count says", PURE, () => {
  const faults = new Faults();
  faults.add({ fault: "drop", count: 2 });
  const taken = [1, 2, 3].map(() => faults.takeForRequest(LIST)?.fault);
  assertEquals(taken, ["drop", "drop", undefined]);
});

Deno.test("a fault meets only the path and verb that it names", PURE, () => {
  const faults = new Faults();
  faults.add({ fault: "drop", path: "nodes" });
  faults.add({ fault: "stall", verb: "watch" });
  faults.add({ fault: "latency", ms: 1, path: "limit=5$" });
  assertEquals([1, 2].map(() => faults.takeDelay(LIST)), [1, 0]);
  assertEquals(faults.takeForRequest(LIST), undefined);
  assertEquals(faults.takeForRequest(WATCH)?.fault, "stall");
  assertEquals(faults.pending.map(({ fault }) => fault), ["drop"]);
});

Deno.test("faults of watches and of requests do not mix", PURE, () => {
  const faults = new Faults();
  faults.add({ fault: "watch-silence" });
  faults.add({ fault: "gone" });
  const get = { path: "/api/v1/nodes/a", verb: "get" };
  assertEquals(faults.takeForRequest(get), undefined);
  assertEquals(faults.takeForRequest(WATCH)?.fault, "gone");
  assertEquals(faults.takeForRequest(WATCH), undefined);
  assertEquals(faults.takeForWatch(WATCH)?.fault, "watch-silence");
});

Deno.test("clear() takes back what has not happened", PURE, () => {
  const faults = new Faults();
  faults.add({ fault: "drop" });
  faults.clear();
  assertEquals(faults.takeForRequest(LIST), undefined);
});

Deno.test("add() refuses a count that can never be reached", PURE, () => {
  const faults = new Faults();
  assertThrows(() => faults.add({ fault: "drop", count: 0 }), RangeError);
  assertThrows(() => faults.add({ fault: "drop", count: NaN }), RangeError);
});

Deno.test("follow() is told of every new fault", PURE, () => {
  const faults = new Faults();
  let told = 0;
  faults.follow(() => told++);
  faults.add({ fault: "watch-drop" });
  faults.add({ fault: "drop" });
  assertEquals(told, 2);
});
