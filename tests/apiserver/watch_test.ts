import { assertEquals } from "@std/assert";
import { ApiStore } from "./api_store.ts";
import { at, type Json, textOf } from "./json.ts";
import { kindNamed } from "./kinds.ts";
import gone from "./recordings/services-watch-version-1.jsonl" with {
  type: "text",
};
import { refusal, service } from "./support.ts";
import { type WatchFault, WatchSession } from "./watch.ts";

const PURE = { permissions: "none" } as const;
const INITIAL =
  "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

/** A watch whose text is kept. */
class Recorder {
  text = "";
  ending = "";
  readonly session: WatchSession;

  constructor(
    store: ApiStore,
    query: string,
    options: {
      readonly bookmarkMs?: number;
      readonly streamingLists?: boolean;
      readonly kind?: string;
      readonly namespace?: string;
    } = {},
  ) {
    const { kind = "Service", ...rest } = options;
    this.session = new WatchSession(store.versions, {
      info: kindNamed(kind),
      query: new URLSearchParams(query),
      bookmarkMs: 60_000,
      seconds: 60,
      streamingLists: true,
      ...rest,
    }, {
      write: (text) => this.text += text,
      end: () => this.ending = "ended",
      destroy: () => this.ending = "cut",
    });
  }

  start(): this {
    this.session.start();
    return this;
  }

  /** Each event as "TYPE name@version". */
  get events(): readonly string[] {
    return this.objects.map((event) => {
      const metadata = at(event, "object", "metadata");
      const name = textOf(at(metadata, "name"));
      const version = textOf(at(metadata, "resourceVersion"));
      return `${textOf(at(event, "type"))} ${name}@${version}`;
    });
  }

  get objects(): readonly Json[] {
    return this.text.split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  [Symbol.dispose](): void {
    this.session.stop();
  }
}

function filled(names: string): ApiStore {
  const store = new ApiStore();
  for (const name of names) store.create("Service", service(name));
  return store;
}

Deno.test(
  "a watch sends the changes after its version and then follows",
  PURE,
  () => {
    const store = filled("abc");
    store.delete("Service", "default/a");
    using watch = new Recorder(store, "resourceVersion=2").start();
    store.create("Service", service("d"));
    assertEquals(watch.events, ["ADDED c@3", "DELETED a@4", "ADDED d@5"]);
  },
);

Deno.test.each(["", "resourceVersion=0"])(
  'a watch with "%s" begins with what there is',
  PURE,
  (query) => {
    const store = filled("ab");
    using watch = new Recorder(store, query).start();
    store.delete("Service", "default/a");
    assertEquals(watch.events, ["ADDED a@1", "ADDED b@2", "DELETED a@3"]);
  },
);

Deno.test("a streaming list ends with a bookmark that says so", PURE, () => {
  const store = filled("ab");
  using watch = new Recorder(store, INITIAL).start();
  assertEquals(watch.events, ["ADDED a@1", "ADDED b@2", "BOOKMARK @2"]);
  assertEquals(watch.objects.at(-1), {
    type: "BOOKMARK",
    object: {
      kind: "Service",
      apiVersion: "v1",
      metadata: {
        resourceVersion: "2",
        annotations: { "k8s.io/initial-events-end": "true" },
      },
      spec: {},
      status: { loadBalancer: {} },
    },
  });
});

Deno.test("a watch that wants no initial events begins with now", PURE, () => {
  const store = filled("ab");
  const query = "sendInitialEvents=false&resourceVersionMatch=NotOlderThan";
  using watch = new Recorder(store, query).start();
  store.create("Service", service("c"));
  assertEquals(watch.events, ["ADDED c@3"]);
});

Deno.test(
  "a change of labels is ADDED or DELETED for a watch that selects",
  PURE,
  () => {
    const store = filled("a");
    using watch = new Recorder(
      store,
      "labelSelector=!hidden&resourceVersion=1",
    ).start();
    const label = (labels: object) =>
      store.change("Service", "default/a", (object) => ({
        ...object,
        metadata: { name: "a", labels },
      }));
    label({ hidden: "" });
    label({ hidden: "x" });
    label({});
    label({ seen: "1" });
    store.delete("Service", "default/a");
    assertEquals(watch.events, [
      "DELETED a@2",
      "ADDED a@4",
      "MODIFIED a@5",
      "DELETED a@6",
    ]);
    // What is told of it is its last state that was selected.
    const told = at(watch.objects[0], "object", "metadata", "labels");
    assertEquals(told, undefined);
  },
);

Deno.test("a change of a field counts the same", PURE, () => {
  const store = new ApiStore();
  store.create("Node", { metadata: { name: "a" } });
  using watch = new Recorder(
    store,
    "fieldSelector=spec.unschedulable!=true&resourceVersion=1",
    { kind: "Node" },
  ).start();
  store.change("Node", "a", (node) => ({
    ...node,
    spec: { unschedulable: true },
  }));
  assertEquals(watch.events, ["DELETED a@2"]);
});

Deno.test("a watch of one namespace hears of no other one", PURE, () => {
  const store = new ApiStore();
  using watch = new Recorder(store, "", { namespace: "one" }).start();
  store.create("Service", { ...service("a"), metadata: { name: "a" } });
  store.create("Service", {
    ...service("b"),
    metadata: { name: "b", namespace: "one" },
  });
  assertEquals(watch.events, ["ADDED b@2"]);
});

Deno.test("a watch from a forgotten version gets 410 and ends", PURE, () => {
  const store = new ApiStore({ firstVersion: 5678 });
  store.create("Service", service("a"));
  store.compact(5678);
  store.compact();
  store.create("Service", service("b"));
  const watch = new Recorder(store, "resourceVersion=1").start();
  assertEquals(watch.ending, "ended");
  const recorded = JSON.parse(gone);
  const [event] = watch.objects;
  assertEquals(event, {
    ...recorded,
    object: {
      ...recorded.object,
      message: "too old resource version: 1 (5680)",
    },
  });
});

Deno.test("options that the server refuses are refused", PURE, () => {
  const store = filled("a");
  const code = (query: string, streamingLists = true) =>
    refusal(() => new Recorder(store, query, { streamingLists }))["code"];
  assertEquals(code("sendInitialEvents=true"), 422);
  assertEquals(code("resourceVersionMatch=NotOlderThan"), 422);
  assertEquals(code(`${INITIAL}&resourceVersion=9`), 504);
  assertEquals(code("resourceVersion=x"), 400);
  const isOffered = false;
  assertEquals(code(INITIAL, isOffered), 422);
});

Deno.test("a client ahead of the server hears only what is newer", PURE, () => {
  const store = filled("a");
  using watch = new Recorder(store, "resourceVersion=3").start();
  for (const name of "bcd") store.create("Service", service(name));
  assertEquals(watch.events, ["ADDED d@4"]);
});

Deno.test(
  "bookmarks come at intervals, and one before the time is up",
  PURE,
  async () => {
    const store = filled("a");
    const watch = new Recorder(
      store,
      "resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=1",
      { bookmarkMs: 400 },
    ).start();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assertEquals(watch.events, ["BOOKMARK @1", "BOOKMARK @1", "BOOKMARK @1"]);
    assertEquals(watch.ending, "ended");
  },
);

Deno.test.each(
  [
    [{ fault: "watch-drop" }, "", "cut"],
    [
      { fault: "watch-truncate" },
      '{"type":"MODIFIED","object":{"kind":',
      "cut",
    ],
    [{ fault: "watch-garbage", line: "odd" }, "odd\n", ""],
    [{ fault: "watch-silence" }, "", ""],
  ] as readonly (readonly [WatchFault, string, string])[],
)("the fault %j does that to a watch", PURE, (fault, text, ending) => {
  const store = filled("a");
  using watch = new Recorder(store, "resourceVersion=1").start();
  watch.session.apply(fault);
  assertEquals([watch.text, watch.ending], [text, ending]);
  store.create("Service", service("b"));
  const isHeard = fault.fault === "watch-garbage";
  assertEquals(watch.text.includes('"ADDED"'), isHeard);
});

Deno.test("the fault watch-gone ends a watch with 410", PURE, () => {
  const watch = new Recorder(filled("a"), "resourceVersion=1").start();
  watch.session.apply({ fault: "watch-gone" });
  assertEquals(at(watch.objects[0], "object", "code"), 410);
  assertEquals(watch.ending, "ended");
});
