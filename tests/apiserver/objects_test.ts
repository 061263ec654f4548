import { assert, assertEquals } from "@std/assert";
import { kindNamed } from "./kinds.ts";
import { keyOf, suffix, withNamespace } from "./objects.ts";
import { refusal } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test("suffix() gives another text for each number", PURE, () => {
  const texts = Array.from({ length: 20_000 }, (_, index) => suffix(index));
  assertEquals(new Set(texts).size, texts.length);
  assert(texts.every((text) => /^[a-z0-9]{5}$/.test(text)));
});

Deno.test("keyOf() names the namespace only where there is one", PURE, () => {
  const object = { metadata: { name: "a", namespace: "b" } };
  assertEquals(keyOf(kindNamed("Service"), object), "b/a");
  assertEquals(keyOf(kindNamed("Node"), object), "a");
  const plain = { metadata: { name: "a" } };
  assertEquals(keyOf(kindNamed("Service"), plain), "default/a");
});

Deno.test("withNamespace() refuses an object without metadata", PURE, () => {
  const info = kindNamed("Service");
  assertEquals(refusal(() => withNamespace(info, { spec: {} }))["code"], 400);
});
