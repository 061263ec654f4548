import { assertEquals } from "@std/assert";
import { parseRoute, verbOf } from "./routes.ts";
import { refusal } from "./support.ts";

const PURE = { permissions: "none" } as const;

function spelled(path: string): string | undefined {
  const route = parseRoute(path);
  if (route === undefined) return undefined;
  const { info, namespace = "-", name = "-", subresource = "-" } = route;
  return [info.kind, namespace, name, subresource].join(" ");
}

Deno.test.each([
  ["/api/v1/services", "Service - - -"],
  ["/api/v1/namespaces/a/services", "Service a - -"],
  ["/api/v1/namespaces/a/services/b", "Service a b -"],
  ["/api/v1/namespaces/a/services/b/status", "Service a b status"],
  ["/api/v1/namespaces/a", "Namespace - a -"],
  ["/api/v1/namespaces/a/status", "Namespace - a status"],
  ["/api/v1/namespaces", "Namespace - - -"],
  ["/api/v1/nodes/n%201", "Node - n 1 -"],
  ["/apis/discovery.k8s.io/v1/endpointslices/", "EndpointSlice - - -"],
  ["/apis/events.k8s.io/v1/namespaces/a/events", "Event a - -"],
  ["/apis/networking.k8s.io/v1/servicecidrs/x", "ServiceCIDR - x -"],
  ["/api/v1/services/b", undefined],
  ["/api/v1/namespaces/a/services/b/scale", undefined],
  ["/api/v1/namespaces/a/services/b/status/c", undefined],
  ["/api/v1/namespaces/a/nodes/b", undefined],
  ["/apis/discovery.k8s.io/v1beta1/endpointslices", undefined],
  ["/version", undefined],
])('parseRoute("%s") is %s', PURE, (path, expected) => {
  assertEquals(spelled(path), expected);
});

Deno.test.each([
  ["GET", "/api/v1/services", "", "list"],
  ["GET", "/api/v1/services", "watch=true", "watch"],
  ["GET", "/api/v1/services", "watch=0", "list"],
  ["GET", "/api/v1/nodes/a", "", "get"],
  ["POST", "/api/v1/nodes", "", "create"],
  ["PUT", "/api/v1/nodes/a", "", "update"],
  ["PATCH", "/api/v1/nodes/a", "", "patch"],
  ["DELETE", "/api/v1/nodes/a", "", "delete"],
  ["DELETE", "/api/v1/nodes", "", "deletecollection"],
])("%s %s?%s asks to %s", PURE, (method, path, query, expected) => {
  const route = parseRoute(path);
  if (route === undefined) throw new TypeError(path);
  assertEquals(verbOf(method, route, new URLSearchParams(query)), expected);
});

Deno.test.each([
  ["POST", "/api/v1/nodes/a"],
  ["PUT", "/api/v1/nodes"],
  ["PATCH", "/api/v1/nodes"],
  ["TRACE", "/api/v1/nodes"],
])("%s %s is refused with 405", PURE, (method, path) => {
  const route = parseRoute(path);
  if (route === undefined) throw new TypeError(path);
  const status = refusal(() => verbOf(method, route, new URLSearchParams()));
  assertEquals(status["code"], 405);
});
