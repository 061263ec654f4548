import { assert, assertEquals, assertThrows } from "@std/assert";
import { MarkRegistry } from "../../mod/plan/marks.ts";
import { DEFAULT_MARK_RANGE } from "../../mod/plan/rule_options.ts";
import type { FrontendKey } from "#plan";

const options = { permissions: "none" } as const;
const key = (name: string) => name as FrontendKey;

Deno.test("markOf() gives one frontend one mark in the range", options, () => {
  const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
  const first = marks.markOf(key("tcp/1.1.1.1:1"));
  assertEquals(marks.markOf(key("tcp/1.1.1.1:1")), first);
  assert(marks.markOf(key("tcp/1.1.1.1:2")) !== first);
  assertEquals((first & 0xff00_0000) >>> 0, 0x0100_0000);
});

Deno.test("no mark contains a bit that others test", options, () => {
  const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x0002_0000);
  const seen = new Set<number>();
  for (let at = 0; at < 100_000; at++) {
    const mark = marks.markOf(key(`tcp/1.1.1.1:${at}`));
    assertEquals(mark & 0x0002_c000, 0);
    seen.add(mark);
  }
  assertEquals(seen.size, 100_000);
});

Deno.test("a released mark is not the next to be given", options, () => {
  const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
  const first = marks.markOf(key("a"));
  marks.release(key("a"));
  assert(marks.markOf(key("b")) !== first);
});

Deno.test("adopt() takes only marks of the range, once", options, () => {
  const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
  assert(marks.adopt(key("a"), 0x0100_0001));
  assert(!marks.adopt(key("b"), 0x0100_0001));
  assert(!marks.adopt(key("b"), 0x0200_0001));
  assertEquals(marks.markOf(key("a")), 0x0100_0001);
  assert(marks.markOf(key("b")) !== 0x0100_0001);
});

Deno.test("markOf() throws when a narrow range is used up", options, () => {
  const marks = new MarkRegistry({ value: 0, mask: 0xffff_fffc }, 0x4000);
  for (const name of ["a", "b", "c"]) marks.markOf(key(name));
  assertThrows(() => marks.markOf(key("d")), RangeError, "all 3 are taken");
});
