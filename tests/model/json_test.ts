import { assertEquals } from "@std/assert";
import {
  isIntegerWithin,
  isPort,
  isRecord,
  member,
  parseTimeMs,
  path,
} from "../../mod/model/json.ts";

const none = { permissions: "none" } as const;

Deno.test("member() sees own members only, and null as absent", none, () => {
  assertEquals(member({ a: 1 }, "a"), 1);
  assertEquals(member({ a: null }, "a"), undefined);
  assertEquals(member({}, "constructor"), undefined);
  assertEquals(member({}, "__proto__"), undefined);
  assertEquals(member([1], "0"), undefined);
  assertEquals(member("text", "length"), undefined);
  assertEquals(member(null, "a"), undefined);
});

Deno.test("path() goes down as far as there are objects", none, () => {
  assertEquals(path({ a: { b: { c: 7 } } }, "a", "b", "c"), 7);
  assertEquals(path({ a: "x" }, "a", "b", "c"), undefined);
  assertEquals(path(7), 7);
});

Deno.test("isRecord() takes objects, not lists and not null", none, () => {
  assertEquals([{}, [], null, "x"].map(isRecord), [true, false, false, false]);
});

Deno.test("isPort() takes whole numbers from 1 to 65535", none, () => {
  const values = [0, 1, 65_535, 65_536, 1.5, "80", NaN, -1, undefined];
  assertEquals(values.filter(isPort), [1, 65_535]);
  assertEquals([isIntegerWithin(5, 5, 5)], [true]);
});

Deno.test(
  "parseTimeMs() reads RFC 3339, with nanoseconds, and nothing else",
  none,
  () => {
    assertEquals(parseTimeMs("1970-01-01T00:00:01Z"), 1000);
    assertEquals(parseTimeMs("1970-01-01T00:00:01.123456789Z"), 1123);
    assertEquals(parseTimeMs("1970-01-01T01:00:00+01:00"), 0);
    assertEquals(parseTimeMs("1970-01-01"), undefined);
    assertEquals(parseTimeMs("Jan 1 1970"), undefined);
    assertEquals(parseTimeMs("1970-13-01T00:00:00Z"), undefined);
    assertEquals(parseTimeMs(7), undefined);
  },
);
