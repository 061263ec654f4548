import { assert, assertEquals, assertThrows } from "@std/assert";
import { ApiStore } from "./api_store.ts";
import { at, type JsonObject, listOf } from "./json.ts";
import exists from "./recordings/error-409-exists.json" with { type: "json" };
import invalid from "./recordings/error-422-invalid.json" with { type: "json" };
import absent from "./recordings/error-404.json" with { type: "json" };
import { refusal, service, slice } from "./support.ts";

const PURE = { permissions: "none" } as const;

function created(): { store: ApiStore; object: JsonObject } {
  const store = new ApiStore({ now: () => Date.UTC(2026, 0, 2) });
  return { store, object: store.create("Service", service("plain")) };
}

Deno.test("create() fills in what the server fills in", PURE, () => {
  const { object } = created();
  const { managedFields, ...metadata } = object["metadata"] as JsonObject;
  assertEquals(listOf(managedFields).length, 1);
  assertEquals({ ...object, metadata }, {
    kind: "Service",
    apiVersion: "v1",
    metadata: {
      name: "plain",
      namespace: "default",
      uid: "5f000000-0000-4000-8000-000000000001",
      creationTimestamp: "2026-01-02T00:00:00Z",
      resourceVersion: "1",
    },
    spec: {
      selector: { app: "plain" },
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      type: "ClusterIP",
      sessionAffinity: "None",
      clusterIP: "10.96.0.100",
      clusterIPs: ["10.96.0.100"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
    },
    status: { loadBalancer: {} },
  });
});

Deno.test("create() makes a name from generateName", PURE, () => {
  const store = new ApiStore();
  const names = [1, 2].map(() =>
    at(
      store.create("EndpointSlice", { metadata: { generateName: "web-" } }),
      "metadata",
      "name",
    )
  );
  assert(names.every((name) => /^web-[a-z0-9]{5}$/.test(String(name))));
  assert(names[0] !== names[1]);
});

Deno.test("refusals of writes are those of the real server", PURE, () => {
  const { store } = created();
  const create = (object: object) =>
    refusal(() => store.create("Service", object));
  assertEquals(create(service("plain")), { ...exists });
  assertEquals(
    create({
      metadata: { name: "Bad_Name" },
      spec: { ports: [{ port: 99999 }] },
    }),
    { ...invalid },
  );
  assertEquals(refusal(() => store.delete("Service", "default/absent")), {
    ...absent,
  });
  assertEquals(create({})["code"], 400);
});

Deno.test(
  "update() refuses an older version with 409 and takes none",
  PURE,
  () => {
    const { store, object } = created();
    const status = { ...object, spec: { ports: [{ port: 81 }] } };
    store.update("Service", status);
    const refused = refusal(() => store.update("Service", status));
    assertEquals([refused["code"], refused["reason"]], [409, "Conflict"]);
    store.update("Service", service("plain"));
    assertEquals(store.versions.version, 3);
  },
);

Deno.test(
  "update() keeps what the server gave: addresses, uid, times",
  PURE,
  () => {
    const { store, object } = created();
    const after = store.update("Service", {
      ...service("plain"),
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    });
    assertEquals(at(after, "spec", "clusterIP"), "10.96.0.100");
    assertEquals(at(after, "metadata", "uid"), at(object, "metadata", "uid"));
    const port = at(listOf(at(after, "spec", "ports"))[0], "nodePort");
    assertEquals(port, 30000);
    const again = store.update("Service", {
      ...service("plain"),
      spec: { type: "NodePort", ports: [{ port: 80 }, { port: 81 }] },
    });
    const ports = listOf(at(again, "spec", "ports"));
    assertEquals(ports.map((item) => at(item, "nodePort")), [30000, 30001]);
  },
);

Deno.test("a write that changes nothing is no change", PURE, () => {
  const { store, object } = created();
  store.update("Service", object);
  store.update("Service", service("plain"));
  store.updateStatus("Service", object);
  assertEquals(store.versions.version, 1);
});

Deno.test("the status is written through its own door", PURE, () => {
  const { store, object } = created();
  const status = { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } };
  const spec = { ports: [{ port: 99 }] };
  const kept = store.update("Service", { ...object, status }, {
    keepStatus: false,
  });
  assertEquals(kept["status"], { loadBalancer: {} });
  const after = store.updateStatus("Service", {
    ...service("plain"),
    spec,
    status,
  });
  assertEquals(after["status"], status);
  assertEquals(after["spec"], object["spec"]);
});

Deno.test(
  "the generation of an EndpointSlice counts what it says",
  PURE,
  () => {
    const store = new ApiStore();
    const generation = () =>
      at(store.get("EndpointSlice", "default/a-1"), "metadata", "generation");
    store.create("EndpointSlice", slice("a", ["10.0.0.1"]));
    assertEquals(generation(), 1);
    store.update("EndpointSlice", slice("a", ["10.0.0.2"]));
    assertEquals(generation(), 2);
    store.change("EndpointSlice", "default/a-1", (object) => ({
      ...object,
      metadata: { name: "a-1", labels: { x: "y" } },
    }));
    assertEquals([generation(), store.versions.version], [2, 3]);
  },
);

Deno.test(
  "an object with finalizers goes when the last one is gone",
  PURE,
  () => {
    const { store } = created();
    const finalizers = (list: readonly string[]) =>
      store.change("Service", "default/plain", (object) => ({
        ...object,
        metadata: { name: "plain", finalizers: list },
      }));
    finalizers(["example.com/a"]);
    store.delete("Service", "default/plain");
    const leaving = store.get("Service", "default/plain");
    assert(at(leaving, "metadata", "deletionTimestamp") !== undefined);
    finalizers([]);
    assertEquals(store.get("Service", "default/plain"), undefined);
  },
);

Deno.test("a dry run stores nothing", PURE, () => {
  const { store } = created();
  const dryRun = { dryRun: true };
  store.create("Service", service("b"), dryRun);
  store.update("Service", { ...service("plain", { a: "b" }) }, dryRun);
  store.delete("Service", "default/plain", dryRun);
  assertEquals([store.list("Service").length, store.versions.version], [1, 1]);
});

Deno.test(
  "cluster IPs and node ports are free again after deletion",
  PURE,
  () => {
    const { store, object } = created();
    const spec = { clusterIP: "10.96.0.100", ports: [{ port: 80 }] };
    const other = { metadata: { name: "other" }, spec };
    const refused = refusal(() => store.create("Service", other));
    assertEquals(refused["code"], 422);
    store.delete("Service", "default/plain");
    const made = store.create("Service", other);
    assertEquals(
      at(made, "spec", "clusterIP"),
      at(object, "spec", "clusterIP"),
    );
  },
);

Deno.test("a cluster IP cannot be changed", PURE, () => {
  const { store } = created();
  const spec = { clusterIP: "10.96.0.7", ports: [{ port: 80 }] };
  assertThrows(
    () => store.update("Service", { ...service("plain"), spec }),
    Error,
    "may not change once set",
  );
});

Deno.test("events are kept up to a bound, the oldest go", PURE, () => {
  const store = new ApiStore();
  for (let index = 0; index < 1005; index++) {
    store.create("Event", { metadata: { name: `e${index}` } });
  }
  assertEquals(store.list("Event").length, 1000);
  assertEquals(store.get("Event", "default/e4"), undefined);
  assert(store.get("Event", "default/e5") !== undefined);
});

Deno.test("putMalformed() takes anything under any key", PURE, () => {
  const store = new ApiStore();
  const odd: JsonObject = { metadata: { name: "\u0000\ud800" }, spec: "no" };
  store.putMalformed("Service", "default/odd", odd);
  const [object] = store.list("Service");
  assertEquals(object?.["spec"], "no");
  store.delete("Service", "default/odd");
  assertEquals(store.list("Service"), []);
});

Deno.test("apply() creates and then replaces", PURE, () => {
  const store = new ApiStore();
  store.apply("Service", service("a"));
  const after = store.apply("Service", service("a", { x: "y" }));
  assertEquals(at(after, "metadata", "labels"), { x: "y" });
  assertEquals(at(after, "metadata", "resourceVersion"), "2");
});

Deno.test("10,000 services and slices are stored in moments", PURE, () => {
  const store = new ApiStore();
  const addresses = Array.from({ length: 10 }, (_, index) => `10.0.0.${index}`);
  const start = performance.now();
  for (let index = 0; index < 10_000; index++) {
    store.create("Service", service(`s${index}`));
    store.create("EndpointSlice", slice(`s${index}`, addresses));
  }
  const ms = performance.now() - start;
  assertEquals(store.list("Service").length, 10_000);
  assert(ms < 20_000, `took ${ms} ms`);
});
