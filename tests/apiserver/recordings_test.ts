/**
 * What the real server answered, and what the stand-in answers when the same
 * objects are given to it: the same fields of the same types.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ApiStore } from "./api_store.ts";
import { discoveryDocument } from "./discovery.ts";
import { answerRequest } from "./handler.ts";
import { at, type Json, type JsonObject, listOf, objectOf } from "./json.ts";
import { textOf, withField } from "./json.ts";
import { kindNamed } from "./kinds.ts";
import discovery from "./recordings/discovery-v1-resources.json" with {
  type: "json",
};
import slices from "./recordings/endpointslices-list.json" with {
  type: "json",
};
import sliceEvents from "./recordings/endpointslices-watch.jsonl" with {
  type: "text",
};
import nodes from "./recordings/nodes-list.json" with { type: "json" };
import cidrs from "./recordings/servicecidrs-list.json" with { type: "json" };
import services from "./recordings/services-list.json" with { type: "json" };
import firstPage from "./recordings/services-page-1.json" with { type: "json" };
import serviceEvents from "./recordings/services-watchlist-selected.jsonl" with {
  type: "text",
};
import { shapeOf } from "./shape.ts";
import { bookmark } from "./watch.ts";

const PURE = { permissions: "none" } as const;
const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

const LISTS: readonly (readonly [string, Json])[] = [
  ["Service", services],
  ["EndpointSlice", slices],
  ["Node", nodes],
  ["ServiceCIDR", cidrs],
];

/** What its writer sent, as far as the recorded object tells. */
function sentFor(object: JsonObject): JsonObject {
  const text = at(object, "metadata", "annotations", APPLIED);
  if (typeof text === "string") {
    const sent: JsonObject = JSON.parse(text);
    const metadata = objectOf(sent["metadata"]);
    return {
      ...sent,
      metadata: { ...metadata, annotations: { [APPLIED]: text } },
    };
  }
  const kept = ["uid", "resourceVersion", "generation", "creationTimestamp"];
  const metadata = [...kept, "managedFields"].reduce(
    (rest, field) => withField(rest, field, undefined),
    objectOf(object["metadata"]),
  );
  return { ...object, metadata };
}

function replay(kind: string, recorded: JsonObject): JsonObject {
  const store = new ApiStore();
  const options = { keepStatus: false, manager: "kubectl" };
  const sent = sentFor(recorded);
  let object = store.create(kind, sent, options);
  if (kind === "Node") {
    const spec = objectOf(recorded["spec"]);
    object = store.update(kind, { ...object, spec }, {
      ...options,
      manager: "kube-controller-manager",
    });
  }
  const status = recorded["status"];
  if (status === undefined) return object;
  return store.updateStatus(kind, { ...object, status }, options);
}

for (const [kind, list] of LISTS) {
  Deno.test(
    `each recorded ${kind}, written again, has the same shape`,
    PURE,
    () => {
      const items = listOf(at(list, "items")).map(objectOf);
      assert(items.length > 0);
      for (const recorded of items) {
        const { kind: _kind, apiVersion: _version, ...object } = replay(
          kind,
          recorded,
        );
        assertEquals(
          shapeOf(object),
          shapeOf(recorded),
          textOf(at(recorded, "metadata", "name")),
        );
      }
    },
  );
}

Deno.test(
  "each recorded Service, written again, says the same but for what is allocated",
  PURE,
  () => {
    const allocated =
      /"(clusterIP|nodePort|healthCheckNodePort)":[^,}\]]+|"clusterIPs":\[[^\]]*\]/g;
    const said = (object: JsonObject) =>
      JSON.parse(
        JSON.stringify({ spec: object["spec"], status: object["status"] })
          .replaceAll(allocated, '"$1":0'),
      );
    for (const item of listOf(services.items)) {
      const recorded = objectOf(item);
      assertEquals(said(replay("Service", recorded)), said(recorded));
    }
  },
);

Deno.test("a page of a list has the recorded shape", PURE, () => {
  const store = new ApiStore();
  for (const item of listOf(services.items)) {
    store.create("Service", sentFor(objectOf(item)));
  }
  const { text } = answerRequest(store, {
    route: { info: kindNamed("Service") },
    verb: "list",
    query: new URLSearchParams("limit=3"),
    contentType: "",
    userAgent: "",
    asTable: false,
    body: new Uint8Array(),
  });
  const page: Json = JSON.parse(text);
  const head = (list: Json) => shapeOf({ ...objectOf(list), items: [] });
  assertEquals(head(page), head(firstPage));
  assertEquals(Object.keys(objectOf(page)), Object.keys(firstPage));
  assertEquals(listOf(at(page, "items")).length, firstPage.items.length);
});

Deno.test.each([
  ["Service", serviceEvents],
  ["EndpointSlice", sliceEvents],
])("bookmarks of a %s watch are the recorded ones", PURE, (kind, text) => {
  const recorded = text.trim().split("\n")
    .map((line): Json => JSON.parse(line))
    .filter((event) => at(event, "type") === "BOOKMARK");
  assert(recorded.length > 0);
  for (const event of recorded) {
    const metadata = at(event, "object", "metadata");
    const isInitialEnd = at(metadata, "annotations") !== undefined;
    const version = Number(at(metadata, "resourceVersion"));
    assertEquals(
      bookmark(kindNamed(kind), version, isInitialEnd),
      objectOf(at(event, "object")),
    );
  }
});

Deno.test("discovery has the recorded shape", PURE, () => {
  const document = discoveryDocument("/apis/discovery.k8s.io/v1", "");
  assertEquals(shapeOf(document ?? null), shapeOf(discovery));
  assertEquals(discoveryDocument("/apis/absent/v1", ""), undefined);
});
