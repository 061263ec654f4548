import { assertEquals } from "@std/assert";
import { ApiStore } from "./api_store.ts";
import { kindNamed } from "./kinds.ts";
import { listPage, type Page } from "./list.ts";
import badContinue from "./recordings/error-bad-continue.json" with {
  type: "json",
};
import tooOld from "./recordings/error-exact-old-version.json" with {
  type: "json",
};
import tooLarge from "./recordings/error-version-too-large.json" with {
  type: "json",
};
import { refusal, service } from "./support.ts";

const PURE = { permissions: "none" } as const;

function filled(names: string): ApiStore {
  const store = new ApiStore();
  for (const name of names) store.create("Service", service(name));
  return store;
}

function list(store: ApiStore, query: string, namespace?: string): Page {
  return listPage(store.versions, kindNamed("Service"), {
    query: new URLSearchParams(query),
    ...(namespace === undefined ? {} : { namespace }),
  });
}

function names(page: Page): string {
  return page.entries.map(({ key }) => key.replace("default/", "")).join("");
}

Deno.test(
  "a paged list is the list at the version of its first page",
  PURE,
  () => {
    const store = filled("abcde");
    const first = list(store, "limit=2");
    assertEquals([names(first), first.version, first.remaining], ["ab", 5, 3]);
    store.delete("Service", "default/c");
    store.create("Service", service("d1"));
    store.create("Service", service("aa"));
    const second = list(store, `limit=2&continue=${first.next}`);
    assertEquals([names(second), second.version, second.remaining], [
      "cd",
      5,
      1,
    ]);
    const last = list(store, `limit=2&continue=${second.next}`);
    assertEquals([names(last), last.next, last.remaining], [
      "e",
      undefined,
      undefined,
    ]);
    assertEquals(names(list(store, "")), "aaabdd1e");
  },
);

Deno.test(
  "a token of a forgotten version is refused with 410 and a new token",
  PURE,
  () => {
    const store = filled("abcd");
    const first = list(store, "limit=2");
    store.create("Service", service("b1"));
    store.compact();
    const status = refusal(() => list(store, `limit=2&continue=${first.next}`));
    assertEquals([status["code"], status["reason"]], [410, "Expired"]);
    const { continue: token } = status["metadata"] as { continue: string };
    assertEquals(names(list(store, `continue=${token}`)), "b1cd");
  },
);

Deno.test("a list that selects does not say how much remains", PURE, () => {
  const page = list(filled("abc"), "limit=1&labelSelector=!app");
  assertEquals([names(page), page.remaining], ["a", undefined]);
});

Deno.test("a list of one namespace holds no other one", PURE, () => {
  const store = filled("a");
  store.create("Service", {
    ...service("b"),
    metadata: { name: "b", namespace: "default-2" },
  });
  assertEquals(list(store, "", "default").entries.length, 1);
  assertEquals(list(store, "").entries.length, 2);
});

Deno.test(
  "resourceVersion=0 takes the whole from the cache, whatever the limit",
  PURE,
  () => {
    const page = list(filled("abc"), "resourceVersion=0&limit=1");
    assertEquals([names(page), page.next], ["abc", undefined]);
  },
);

Deno.test("resourceVersionMatch=Exact gives that very state", PURE, () => {
  const store = filled("abc");
  const exact = "resourceVersionMatch=Exact&resourceVersion=";
  assertEquals(names(list(store, `${exact}2`)), "ab");
  const newer = "resourceVersionMatch=NotOlderThan&resourceVersion=";
  assertEquals(names(list(store, `${newer}2`)), "abc");
  store.compact();
  assertEquals(refusal(() => list(store, `${exact}2`)), { ...tooOld });
});

Deno.test("refusals of a list are those of the real server", PURE, () => {
  const store = new ApiStore({ firstVersion: 7075 });
  assertEquals(
    refusal(() => list(store, "resourceVersion=999999999")),
    { ...tooLarge },
  );
  assertEquals(refusal(() => list(store, "continue=abcd!")), {
    ...badContinue,
  });
  const both = "resourceVersion=3&continue=abcd";
  assertEquals(refusal(() => list(store, both))["code"], 400);
  const alone = "resourceVersionMatch=Exact";
  assertEquals(refusal(() => list(store, alone))["code"], 422);
  assertEquals(refusal(() => list(store, "resourceVersion=x"))["code"], 400);
});
