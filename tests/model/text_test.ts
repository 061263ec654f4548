import { assert, assertEquals } from "@std/assert";
import { isDnsLabel, isDnsSubdomain, quote } from "../../mod/model/text.ts";

const none = { permissions: "none" } as const;

Deno.test("quote() shows foreign text without any odd byte", none, () => {
  assertEquals(quote("web"), '"web"');
  assertEquals(quote("a\nb"), String.raw`"a\nb"`);
  assertEquals(quote("\u001b[31m"), String.raw`"\u001b[31m"`);
  assertEquals(quote("\u202ereversed"), String.raw`"\u202ereversed"`);
  assertEquals(quote('say "x"'), String.raw`"say \"x\""`);
  assertEquals(quote("\ud800"), String.raw`"\ud800"`);
  assertEquals(quote(7), "7");
  assertEquals(quote(undefined), "undefined");
  assertEquals(quote([1]), "a list");
  assertEquals(quote({}), "an object");
});

Deno.test("quote() cuts long text", none, () => {
  const shown = quote("x".repeat(10_000_000));
  assert(shown.length < 80);
  assert(shown.endsWith('"...'));
});

Deno.test("isDnsLabel() follows RFC 1123", none, () => {
  const good = ["a", "9", "a-b", "a".repeat(63)];
  const bad = ["", "-a", "a-", "A", "a.b", "a_b", "a b", "a".repeat(64), "ä"];
  assertEquals([...good, ...bad].filter(isDnsLabel), good);
  assertEquals([7, null, ["a"]].filter(isDnsLabel), []);
});

Deno.test("isDnsSubdomain() takes labels with points between", none, () => {
  const good = ["a", "a.b", "1.2.3.4", "a-b.c", "a".repeat(253)];
  const bad = ["", ".", "a.", ".a", "a..b", "a/b", "a\n", "a".repeat(254)];
  assertEquals([...good, ...bad].filter(isDnsSubdomain), good);
});
