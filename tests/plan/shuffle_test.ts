import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { shuffled } from "../../mod/plan/shuffle.ts";

const none = { permissions: "none" } as const;
const ITEMS = Array.from({ length: 10 }, (_, i) => ({
  key: `10.244.0.${i + 1}:8080`,
}));

Deno.test("shuffled() gives all items once, the same each time", none, () => {
  const once = shuffled(ITEMS, "node-1");
  assertEquals(shuffled(ITEMS, "node-1"), once);
  assertEquals(shuffled(ITEMS.toReversed(), "node-1"), once);
  assertEquals(new Set(once), new Set(ITEMS));
});

Deno.test("shuffled() differs from node to node", none, () => {
  const orders = new Set(
    Array.from(
      { length: 50 },
      (_, node) => shuffled(ITEMS, `node-${node}`).map(({ key }) => key).join(),
    ),
  );
  assert(orders.size >= 49, `${orders.size} orders of 50 nodes`);
  assertNotEquals(shuffled(ITEMS, "node-1"), ITEMS);
});

Deno.test("shuffled() moves nothing when an item comes or goes", none, () => {
  const without = shuffled(ITEMS.slice(1), "node-1");
  const all = shuffled(ITEMS, "node-1");
  assertEquals(all.filter((item) => item !== ITEMS[0]), without);
});
