import { assertEquals } from "@std/assert";
import { readName, readNamespacedName } from "../../mod/model/namespaced.ts";
import { Rejections } from "../../mod/model/rejections.ts";

const none = { permissions: "none" } as const;

function read(metadata: unknown): readonly [string | undefined, string[]] {
  const rejections = new Rejections("X");
  const name = readNamespacedName({ metadata }, rejections);
  return [name, rejections.all().map(({ field }) => field)];
}

Deno.test("readNamespacedName() joins two valid names", none, () => {
  assertEquals(read({ namespace: "a", name: "b.c" }), ["a/b.c", []]);
  assertEquals(read({ namespace: "a" }), [undefined, ["metadata.name"]]);
  assertEquals(read({ name: "b" }), [undefined, ["metadata.namespace"]]);
  assertEquals(read({ namespace: "a.b", name: "b" })[0], undefined);
  assertEquals(read({ namespace: "A", name: "/" })[1].length, 2);
  assertEquals(read(7)[0], undefined);
});

Deno.test("readName() needs no namespace", none, () => {
  const rejections = new Rejections("X");
  assertEquals(readName({ metadata: { name: "n1" } }, rejections), "n1");
  assertEquals(rejections.all(), []);
});
