import { assertEquals } from "@std/assert";
import { shapeOf } from "./shape.ts";

const PURE = { permissions: "none" } as const;

Deno.test("shapeOf() names fields and types, not values", PURE, () => {
  const value = { b: [{ c: 1 }, { d: null }], a: "x", labels: { k: "v" } };
  assertEquals(shapeOf(value), [
    ".a: string",
    ".b: list",
    ".b[].c: number",
    ".b[].d: null",
    ".b[]: object",
    ".labels: map",
    ": object",
  ]);
});
