import { assert, assertEquals } from "@std/assert";
import { type Change, VersionedStore } from "./store.ts";

const PURE = { permissions: "none" } as const;

function object(name: string, value = 0) {
  return { metadata: { name }, value };
}

function names(store: VersionedStore, version: number): readonly string[] {
  return (store.entriesAt("k", version) ?? []).map((entry) =>
    `${entry.key}=${entry.object["value"]}`
  );
}

Deno.test(
  "a store numbers the changes of all kinds with one counter",
  PURE,
  () => {
    const store = new VersionedStore({ firstVersion: 40 });
    store.put("k", "a", object("a"));
    store.put("other", "b", object("b"));
    store.remove("k", "a");
    assertEquals(store.version, 43);
    assertEquals(
      store.changesAfter("k", 40)?.map(({ type, version }) => [type, version]),
      [["ADDED", 41], ["DELETED", 43]],
    );
  },
);

Deno.test(
  "a store writes the version into the object, deletions too",
  PURE,
  () => {
    const store = new VersionedStore();
    store.put("k", "a", object("a"));
    const change = store.remove("k", "a");
    assertEquals(change?.entry.object["metadata"], {
      name: "a",
      resourceVersion: "2",
    });
    assertEquals(change?.previous?.object["metadata"], {
      name: "a",
      resourceVersion: "1",
    });
  },
);

Deno.test("a store keeps objects in the order of their keys", PURE, () => {
  const store = new VersionedStore();
  for (const key of ["c", "a", "d", "b"]) store.put("k", key, object(key));
  store.remove("k", "c");
  assertEquals([...store.entries("k")].map(({ key }) => key), ["a", "b", "d"]);
  assertEquals(store.count("k"), 3);
});

Deno.test("a store gives any state that its log reaches back to", PURE, () => {
  const store = new VersionedStore();
  store.put("k", "b", object("b", 1));
  store.put("k", "a", object("a", 1));
  store.put("k", "b", object("b", 2));
  store.remove("k", "a");
  store.put("k", "a", object("a", 3));
  assertEquals(names(store, 0), []);
  assertEquals(names(store, 2), ["a=1", "b=1"]);
  assertEquals(names(store, 3), ["a=1", "b=2"]);
  assertEquals(names(store, 4), ["b=2"]);
  assertEquals(names(store, 5), ["a=3", "b=2"]);
});

Deno.test(
  "compact() forgets the changes up to a version and no others",
  PURE,
  () => {
    const store = new VersionedStore();
    for (const value of [1, 2, 3, 4]) store.put("k", "a", object("a", value));
    store.compact(2);
    assertEquals(store.changesAfter("k", 1), undefined);
    assertEquals(store.entriesAt("k", 1), undefined);
    assertEquals(store.changesAfter("k", 2)?.length, 2);
    assertEquals(names(store, 2), ["a=2"]);
    store.compact();
    assertEquals(store.changesAfter("k", 3), undefined);
    assertEquals(store.changesAfter("k", 4), []);
  },
);

Deno.test("a store forgets the oldest changes beyond its limit", PURE, () => {
  const store = new VersionedStore({ logLimit: 10 });
  for (let value = 1; value <= 21; value++) {
    store.put("k", "a", object("a", value));
  }
  assertEquals(store.oldest("k"), 11);
  assertEquals(store.changesAfter("k", 10), undefined);
  assertEquals(store.changesAfter("k", 11)?.length, 10);
});

Deno.test(
  "follow() reports changes of its kind until it is ended",
  PURE,
  () => {
    const store = new VersionedStore();
    const seen: Change[] = [];
    const end = store.follow("k", (change) => seen.push(change));
    store.put("k", "a", object("a"));
    store.put("other", "a", object("a"));
    end();
    store.put("k", "b", object("b"));
    assertEquals(seen.map(({ entry }) => entry.key), ["a"]);
  },
);

Deno.test("remove() of what is not there changes nothing", PURE, () => {
  const store = new VersionedStore();
  assertEquals(store.remove("k", "a"), undefined);
  assertEquals(store.version, 0);
});

Deno.test(
  "objects without metadata, or with an odd one, stay as they are",
  PURE,
  () => {
    const store = new VersionedStore();
    assertEquals(store.put("k", "a", { odd: 1 }).entry.object, { odd: 1 });
    assertEquals(store.put("k", "b", { metadata: 7 }).entry.object, {
      metadata: 7,
    });
  },
);

Deno.test(
  "the state at an old version costs a pass over the changes since",
  PURE,
  () => {
    const store = new VersionedStore();
    for (let index = 0; index < 10_000; index++) {
      store.put("k", `ns/${index % 5000}`, object("x", index));
    }
    assertEquals(store.entriesAt("k", 5000)?.length, 5000);
    assert(store.entriesAt("k", 5000)?.[0]?.object["value"] === 0);
  },
);
