import { assertEquals } from "@std/assert";
import { isSame } from "#model";

Deno.test("isSame() compares all parts of decoded values", {
  permissions: "none",
}, () => {
  const table: readonly (readonly [unknown, unknown, boolean])[] = [
    [1, 1, true],
    [1, "1", false],
    [null, undefined, false],
    [null, {}, false],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: undefined }, { b: 1 }, false],
    [{ a: { b: [1] } }, { a: { b: [2] } }, false],
    [new Set(["a", "b"]), new Set(["b", "a"]), true],
    [new Set(["a"]), new Set(["b"]), false],
    [new Map([["a", 1]]), new Map([["a", 1]]), true],
    [new Map([["a", 1]]), new Map([["a", 2]]), false],
    [new Map([["a", 1]]), new Map([["b", 1]]), false],
    [new Map(), new Set(), false],
    [new Set(), new Map(), false],
  ];
  for (const [a, b, expected] of table) {
    assertEquals(
      isSame(a, b),
      expected,
      `${Deno.inspect(a)} ${Deno.inspect(b)}`,
    );
  }
});
