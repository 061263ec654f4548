import { assertEquals, assertRejects } from "@std/assert";
import { ask, DEFAULT, SERVICES, test, watch } from "./http_support.ts";
import { at, type Json, listOf } from "./json.ts";
import unsupported from "./recordings/error-415.json" with { type: "json" };
import { service } from "./support.ts";

test("an object is created, read, changed and deleted", async (server) => {
  const made = await ask(server, DEFAULT, {
    method: "POST",
    body: service("web"),
  });
  assertEquals([made.code, at(made.body, "kind")], [201, "Service"]);
  const path = `${DEFAULT}/web`;
  const read = await ask(server, path);
  assertEquals([read.code, read.body], [200, made.body]);
  const put = await ask(server, path, {
    method: "PUT",
    body: service("web", { a: "b" }),
  });
  assertEquals(at(put.body, "metadata", "labels"), { a: "b" });
  const stale = await ask(server, path, { method: "PUT", body: made.body });
  assertEquals([stale.code, at(stale.body, "reason")], [409, "Conflict"]);
  const gone = await ask(server, path, { method: "DELETE" });
  assertEquals([gone.code, at(gone.body, "status")], [200, "Success"]);
  assertEquals((await ask(server, path)).code, 404);
});

const PATCHES: readonly (readonly [string, Json])[] = [
  ["application/merge-patch+json", { spec: { ports: [{ port: 9 }] } }],
  [
    "application/json-patch+json",
    [{ op: "replace", path: "/spec/ports", value: [{ port: 9 }] }],
  ],
  [
    "application/strategic-merge-patch+json",
    { spec: { ports: [{ $patch: "replace" }, { port: 9 }] } },
  ],
  [
    "application/apply-patch+yaml",
    { spec: { ports: [{ $patch: "replace" }, { port: 9 }] } },
  ],
];
for (const [type, body] of PATCHES) {
  test(`PATCH takes ${type}`, async (server) => {
    server.store.create("Service", service("web"));
    const path = `${DEFAULT}/web`;
    const { code, body: after } = await ask(server, path, {
      method: "PATCH",
      body,
      type,
    });
    const ports = listOf(at(after, "spec", "ports"));
    assertEquals([code, ports.map((port) => at(port, "port"))], [200, [9]]);
  });
}

test("the status is written through its subresource only", async (server) => {
  server.store.create("Service", service("web"));
  const status = { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } };
  const init = {
    method: "PATCH",
    body: { status },
    type: "application/merge-patch+json",
  };
  const main = await ask(server, `${DEFAULT}/web`, init);
  assertEquals(at(main.body, "status"), { loadBalancer: {} });
  const sub = await ask(server, `${DEFAULT}/web/status`, init);
  assertEquals(at(sub.body, "status"), status);
});

test("requests that make no sense are refused", async (server) => {
  const code = async (path: string, init = {}) =>
    (await ask(server, path, init)).code;
  server.store.create("Service", service("web"));
  const body = service("web");
  assertEquals(await code("/api/v1/absent"), 404);
  assertEquals(await code("/api/v2/services"), 404);
  assertEquals(await code(SERVICES, { method: "POST", body }), 405);
  assertEquals(await code(DEFAULT, { method: "POST", body }), 409);
  assertEquals(await code(DEFAULT, { method: "PUT", body }), 405);
  assertEquals(await code(`${DEFAULT}/a`, { method: "PUT", body }), 400);
  const other = "/api/v1/namespaces/other/services";
  assertEquals(await code(other, { method: "POST", body }), 400);
  const kind = { kind: "Pod", ...body };
  assertEquals(await code(DEFAULT, { method: "POST", body: kind }), 400);
  const odd = await ask(server, DEFAULT, { method: "POST", body, type: "a/b" });
  assertEquals([odd.code, odd.body], [415, { ...unsupported }]);
  const big = { pad: "x".repeat(4_000_000) };
  assertEquals(await code(DEFAULT, { method: "POST", body: big }), 413);
  const accept = "application/vnd.kubernetes.protobuf";
  assertEquals(await code(SERVICES, { headers: { accept } }), 406);
});

test("a watch over the socket follows", async (server) => {
  const lines = await watch(server, "resourceVersion=0", {
    lines: 2,
    act: () => {
      server.store.create("Service", service("a"));
      server.store.delete("Service", "default/a");
    },
  });
  assertEquals(
    lines.map((line) => at(JSON.parse(line), "type")),
    ["ADDED", "DELETED"],
  );
});

test("a watch that its client leaves is forgotten", async (server) => {
  server.store.create("Service", service("a"));
  await watch(server, "", { lines: 1 });
  while (server.watchCount > 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("rows are given to those who ask for a Table", async (server) => {
  server.store.create("Service", service("web"));
  const accept =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const { body } = await ask(server, SERVICES, { headers: { accept } });
  assertEquals(at(body, "kind"), "Table");
  const [row] = listOf(at(body, "rows"));
  assertEquals(listOf(at(row, "cells")).slice(0, 5), [
    "web",
    "ClusterIP",
    "10.96.0.100",
    "<none>",
    "80/TCP",
  ]);
});

test("a collection is deleted by selector", async (server) => {
  server.store.create("Service", service("a", { drop: "1" }));
  server.store.create("Service", service("b"));
  await ask(server, `${DEFAULT}?labelSelector=drop`, { method: "DELETE" });
  const left = server.store.list("Service");
  assertEquals(left.map((object) => at(object, "metadata", "name")), ["b"]);
});

test("a server that starts again has its port and its objects", async (server) => {
  server.store.create("Service", service("a"));
  const { url } = server;
  await server.stop();
  await assertRejects(() => ask(server, SERVICES));
  await server.listen();
  assertEquals(server.url, url);
  const { body } = await ask(server, SERVICES);
  assertEquals(listOf(at(body, "items")).length, 1);
});

test("the debug paths do over HTTP what tests do in-process", async (server) => {
  const post = (path: string, body: Json) =>
    ask(server, `/debug/${path}`, { method: "POST", body });
  await post("faults", { fault: "status", code: 500 });
  assertEquals((await ask(server, SERVICES)).code, 500);
  await post("objects", { kind: "Service", key: "a/b", object: { odd: 1 } });
  const { body } = await ask(server, SERVICES);
  assertEquals(at(body, "items"), [{ odd: 1 }]);
  await post("compact", {});
  const changes = server.store.versions.changesAfter("v1/services", 0);
  assertEquals(changes, undefined);
  const counts = await ask(server, "/debug/requests");
  assertEquals(at(counts.body, `list ${SERVICES}`), 2);
  assertEquals((await post("faults", {})).code, 400);
  assertEquals((await post("absent", {})).code, 404);
});

test("health, version and discovery answer", async (server) => {
  for (const path of ["/healthz", "/livez", "/readyz"]) {
    assertEquals((await ask(server, path)).body, "ok");
  }
  const version = await ask(server, "/version");
  assertEquals(at(version.body, "gitVersion"), "v1.36.2");
  const groups = await ask(server, "/apis");
  assertEquals(listOf(at(groups.body, "groups")).length, 3);
});
