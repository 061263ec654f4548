import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ItemSplitter } from "../../mod/watch/items.ts";

const PURE = { permissions: "none" } as const;
const encode = (text: string) => new TextEncoder().encode(text);

/** Items and frame of the text when it comes in chunks of `size`. */
function split(text: string, size: number, limit = 10_000) {
  const splitter = new ItemSplitter(limit);
  const bytes = encode(text);
  const items: string[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    for (const item of splitter.push(bytes.slice(start, start + size))) {
      items.push(item.kind === "line" ? item.text : `too long ${item.bytes}`);
    }
  }
  return { items, frame: splitter.frame() };
}

const METADATA = { resourceVersion: "7", continue: "t" };
const ITEMS = [
  { metadata: { name: "a" }, text: 'odd \\" ] } [ { , é😀' },
  { list: [[1], [{ items: [2] }]] },
  null,
  "text, with ] in it",
];

Deno.test(
  "ItemSplitter gives the same items however they are chunked",
  PURE,
  () => {
    const list = { kind: "List", metadata: METADATA, items: ITEMS };
    for (const text of [JSON.stringify(list), JSON.stringify(list, null, 2)]) {
      for (let size = 1; size < 40; size++) {
        const { items, frame } = split(text, size);
        assertEquals(items.map((item) => JSON.parse(item)), ITEMS);
        assertEquals(JSON.parse(frame ?? ""), { ...list, items: [] });
      }
    }
  },
);

Deno.test(
  "ItemSplitter takes metadata after the items, other arrays, and no items",
  PURE,
  () => {
    const late = {
      kind: "List",
      columns: [{ a: [1] }],
      items: ITEMS,
      metadata: METADATA,
    };
    const { items, frame } = split(JSON.stringify(late), 5);
    assertEquals(items.length, ITEMS.length);
    assertEquals(JSON.parse(frame ?? ""), { ...late, items: [] });
    assertEquals(split('{"items":[]}', 3), {
      items: [],
      frame: '{"items":[]}',
    });
    assertEquals(split('{"items":null}', 3).frame, '{"items":null}');
  },
);

Deno.test(
  "ItemSplitter drops an item above its limit and goes on with the next",
  PURE,
  () => {
    const text = JSON.stringify({ items: ["x".repeat(200), "after"] });
    assertEquals(split(text, 7, 100).items, ["too long 202", '"after"']);
  },
);

Deno.test("ItemSplitter has no frame when the list was cut", PURE, () => {
  const text = JSON.stringify({ metadata: METADATA, items: ITEMS });
  for (let end = 0; end < text.length; end++) {
    assertEquals(split(text.slice(0, end), 10).frame, undefined);
  }
});

Deno.test("ItemSplitter keeps any JSON whole", PURE, () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 30 }),
      (values, size) => {
        const { items } = split(JSON.stringify({ items: values }), size);
        const texts = values.map((value) => JSON.stringify(value));
        assertEquals(items, texts);
      },
    ),
    { seed: 7 },
  );
});

Deno.test("ItemSplitter survives any bytes", PURE, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const splitter = new ItemSplitter();
      splitter.push(bytes);
      splitter.frame();
    }),
    { seed: 7 },
  );
});
