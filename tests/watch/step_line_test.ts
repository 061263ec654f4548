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

Deno.test(
  "readLine() names an object that is too large, if it can",
  PURE,
  () => {
    const begin = '{"type":"ADDED","object":{"kind":"Thing","metadata":{';
    for (
      const [metadata, named] of [
        ['"name":"big","namespace":"default","uid":"1"', " (default/big)"],
        ['"name":"node-1"', " (node-1)"],
        ['"name":"odd\\nname","namespace":"default"', ""],
        ['"annotations":{"name":"liar"},"name":"big"', ""],
      ] as const
    ) {
      const line = {
        kind: "too-long",
        bytes: 9 * 1024 * 1024,
        head: begin + metadata,
      } as const;
      const { events } = readLine(startReflector(), line, THINGS);
      assertEquals(events, [{
        kind: "garbage",
        reason:
          "Cannot take a Thing object of 9.0 MiB: it is above the limit " +
          `of one object and was left out${named}`,
      }]);
    }
  },
);
