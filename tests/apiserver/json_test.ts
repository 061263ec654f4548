import { assertEquals } from "@std/assert";
import { at, compact, sameJson, withAt, withField } from "./json.ts";

const PURE = { permissions: "none" } as const;

Deno.test("at() gives the value at a path, or nothing", PURE, () => {
  const object = { spec: { ports: [1], clusterIP: "None" } };
  assertEquals(at(object, "spec", "clusterIP"), "None");
  assertEquals(at(object, "spec", "ports", "length"), undefined);
  assertEquals(at(object, "toString"), undefined);
  assertEquals(at(null, "spec"), undefined);
});

Deno.test("withField() and withAt() leave the original alone", PURE, () => {
  const object = { a: { b: 1 } };
  assertEquals(withAt(object, ["a", "c", "d"], 2), {
    a: { b: 1, c: { d: 2 } },
  });
  assertEquals(withField(object, "a", undefined), {});
  assertEquals(object, { a: { b: 1 } });
});

Deno.test("compact() drops fields without a value and keeps null", PURE, () => {
  assertEquals(compact({ a: undefined, b: null, c: 0 }), { b: null, c: 0 });
});

Deno.test.each([
  [{ a: 1, b: [2, { c: 3 }] }, { b: [2, { c: 3 }], a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, c: 1 }, { a: 1, b: 1 }, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [null, {}, false],
])("sameJson(%j, %j) is %s", PURE, (left, right, expected) => {
  assertEquals(sameJson(left, right), expected);
});
