import { assertEquals } from "@std/assert";
import { startReflector } from "../../mod/watch/step.ts";
import { endList, endPage, relist, reopen } from "../../mod/watch/step_list.ts";

const PURE = { permissions: "none" } as const;

function listed(keys: readonly string[], seen: readonly string[]) {
  return {
    ...startReflector(),
    known: new Map(keys.map((key) => [key, "1"])),
    seen: new Set(seen),
    version: "10",
  };
}

Deno.test(
  "endList() deletes what the list did not show, then says synced",
  PURE,
  () => {
    const { state, events } = endList(listed(["a", "b", "c"], ["b"]), "11");
    assertEquals(events, [
      { kind: "delete", key: "a" },
      { kind: "delete", key: "c" },
      { kind: "synced" },
    ]);
    assertEquals([...state.known.keys()], ["b"]);
    assertEquals([state.phase, state.version], ["watch", "11"]);
  },
);

Deno.test(
  "endList() trusts no version after the server went back in time",
  PURE,
  () => {
    const { state, events } = endList(listed(["a"], ["a"]), "9");
    assertEquals(events, []);
    assertEquals([...state.known], [["a", ""]]);
    assertEquals([state.phase, state.versionRefused], ["stream", true]);
  },
);

Deno.test("endPage() refuses what is no list", PURE, () => {
  const state = listed([], []);
  for (const frame of [undefined, "", "[]", '{"items":[]}']) {
    assertEquals(endPage(state, frame), undefined);
  }
});

Deno.test(
  "relist() begins anew, by pages when streams were refused or cut",
  PURE,
  () => {
    const state = {
      ...listed(["a"], ["a"]),
      continueToken: "t",
      unreadable: 2,
    };
    const phases = [
      relist(state),
      relist({ ...state, streamingRefused: true }),
      relist({ ...state, cuts: 3 }),
    ].map(({ phase, seen, continueToken, unreadable }) =>
      [phase, seen.size, continueToken, unreadable].join()
    );
    assertEquals(phases, ["stream,0,,0", "page,0,,0", "page,0,,0"]);
  },
);

Deno.test("reopen() watches on, and lists when there is doubt", PURE, () => {
  const state = listed(["a"], []);
  assertEquals(reopen(state).phase, "watch");
  const doubtful = { ...state, doubtful: true, doubtPatience: 1 };
  assertEquals(reopen(doubtful).phase, "watch");
  assertEquals(reopen(reopen(doubtful)).phase, "stream");
});
