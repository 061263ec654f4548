import { assertEquals, assertMatch } from "@std/assert";
import {
  type Command,
  parseCommand,
  pathOf,
  tableLines,
} from "./kubectl_text.ts";

const PURE = { permissions: "none" } as const;

const PATHS: readonly (readonly [string, string])[] = [
  ["get svc", "/api/v1/namespaces/default/services"],
  ["get services -A", "/api/v1/services"],
  [
    "get endpointslices -n kube-system",
    "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices",
  ],
  ["get node node-1 -o json", "/api/v1/nodes/node-1"],
  ["delete service db", "/api/v1/namespaces/default/services/db"],
  ["get servicecidrs", "/apis/networking.k8s.io/v1/servicecidrs"],
];

for (const [line, path] of PATHS) {
  Deno.test(`kubectl ${line} asks ${path}`, PURE, () => {
    assertEquals(pathOf(parseCommand(line.split(" ")) as Command), path);
  });
}

for (const line of ["", "get", "get pods", "delete service", "get svc a b"]) {
  Deno.test(`kubectl ${line} is told how it is used`, PURE, () => {
    assertMatch(String(parseCommand(line.split(" "))), /^Usage: kubectl/);
  });
}

const TABLE = {
  columnDefinitions: [
    { name: "Name", priority: 0 },
    { name: "Cluster-IP", priority: 0 },
    { name: "Selector", priority: 1 },
  ],
  rows: [{
    cells: ["db", "10.96.0.12", "app=db"],
    object: { metadata: { namespace: "default" } },
  }],
};

Deno.test("tableLines() leaves out what is for wide tables", PURE, () => {
  assertEquals(tableLines(TABLE, { withNamespace: false }), [
    "NAME  CLUSTER-IP",
    "db    10.96.0.12",
  ]);
});

Deno.test("tableLines() puts the namespace first when asked", PURE, () => {
  assertEquals(tableLines(TABLE, { withNamespace: true }), [
    "NAMESPACE  NAME  CLUSTER-IP",
    "default    db    10.96.0.12",
  ]);
});

Deno.test("tableLines() says so when there is nothing", PURE, () => {
  const empty = { ...TABLE, rows: [] };
  assertEquals(tableLines(empty, { withNamespace: false }), [
    "No resources found.",
  ]);
});
