import { assertEquals } from "@std/assert";
import { TrafficReader } from "../../mod/observe/traffic_reader.ts";

const NOTHING = { permissions: "none" } as const;

function world(options: { counts?: boolean; fails?: boolean } = {}) {
  const state = { nowMs: 0, lists: 0 };
  const reader = new TrafficReader({
    list: () => {
      state.lists++;
      return options.fails
        ? Promise.reject(new Error("ipvsadm is gone"))
        : Promise.resolve(new Map());
    },
    isCounting: () => Promise.resolve(options.counts ?? true),
    monotonicMs: () => state.nowMs,
    maxAgeMs: 5_000,
  });
  return { state, reader };
}

Deno.test(
  "no-ipvs-metrics: one listing serves all who ask at a time",
  NOTHING,
  async () => {
    const { state, reader } = world();
    assertEquals(state.lists, 0);
    await Promise.all([reader.read(), reader.read(), reader.read()]);
    state.nowMs = 4_999;
    await reader.read();
    assertEquals(state.lists, 1);
    state.nowMs = 5_000;
    await reader.read();
    assertEquals(state.lists, 2);
  },
);

Deno.test(
  "no-ipvs-metrics: what the kernel does not count is not listed",
  NOTHING,
  async () => {
    const { state, reader } = world({ counts: false });
    assertEquals(await reader.read(), undefined);
    assertEquals(state.lists, 0);
  },
);

Deno.test("what cannot be read is absent", NOTHING, async () => {
  const { reader } = world({ fails: true });
  assertEquals(await reader.read(), undefined);
});
