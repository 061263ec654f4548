import { assertEquals } from "@std/assert";
import { startReflector } from "../../mod/watch/step.ts";
import { readLine } from "../../mod/watch/step_line.ts";
import { thing, THINGS } from "./step_support.ts";

const PURE = { permissions: "none" } as const;
const PAGE = { ...startReflector(), phase: "page" } as const;

Deno.test(
  "readLine() reads an item of a list as a line of its own",
  PURE,
  () => {
    const line = { kind: "line", text: thing("a", 5) } as const;
    const { state, events } = readLine(PAGE, line, THINGS);
    assertEquals(events, [
      { kind: "upsert", key: "n/a", object: { name: "a", version: "5" } },
    ]);
    assertEquals([...state.seen], ["n/a"]);
    assertEquals(state.version, "");
  },
);

Deno.test(
  "readLine() counts an item that is no object with a name",
  PURE,
  () => {
    for (const text of ["{}", "null", "[1]", '{"metadata":{"name":7}}']) {
      const { state, events } = readLine(PAGE, { kind: "line", text }, THINGS);
      assertEquals(events.map(({ kind }) => kind), ["garbage"]);
      assertEquals(state.unreadable, 1);
    }
  },
);

Deno.test("readLine() hands on the status that ends a watch", PURE, () => {
  const object = { kind: "Status", code: 410, reason: "Expired" };
  const text = JSON.stringify({ type: "ERROR", object });
  const { status, events } = readLine(
    { ...startReflector(), phase: "watch" },
    { kind: "line", text },
    THINGS,
  );
  assertEquals([status?.code, status?.reason], [410, "Expired"]);
  assertEquals(events, []);
});
