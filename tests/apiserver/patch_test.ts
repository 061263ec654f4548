import { assertEquals } from "@std/assert";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch.ts";
import { refusal } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [["a", "b"], ["c"], ["c"]],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("mergePatch(%j, %j) is RFC 7396's %j", PURE, (target, patch, expected) => {
  assertEquals(mergePatch(target, patch), expected);
});

const PORTS = [
  { name: "http", port: 80, protocol: "TCP", nodePort: 30080 },
  { name: "metrics", port: 9090, protocol: "TCP" },
];

function patchPorts(...ports: readonly object[]) {
  const patch = JSON.parse(JSON.stringify({ spec: { ports } }));
  const result = strategicMergePatch(
    "Service",
    { spec: { ports: PORTS } },
    patch,
  );
  return result["spec"];
}

Deno.test(
  "a strategic patch merges the ports of a Service by port",
  PURE,
  () => {
    assertEquals(patchPorts({ port: 80, targetPort: "web" }, { port: 81 }), {
      ports: [{ ...PORTS[0], targetPort: "web" }, PORTS[1]!, { port: 81 }],
    });
  },
);

Deno.test(
  "a strategic patch deletes a port, or replaces them all",
  PURE,
  () => {
    assertEquals(patchPorts({ port: 80, $patch: "delete" }), {
      ports: [PORTS[1]!],
    });
    assertEquals(patchPorts({ $patch: "replace" }, { port: 1 }), {
      ports: [{ port: 1 }],
    });
  },
);

Deno.test(
  "a strategic patch puts items in the order that it names",
  PURE,
  () => {
    const result = strategicMergePatch("Service", { spec: { ports: PORTS } }, {
      spec: {
        "$setElementOrder/ports": [{ port: 9090 }, { port: 80 }],
        ports: [{ port: 80, nodePort: null }],
      },
    });
    assertEquals(result["spec"], {
      ports: [PORTS[1]!, { name: "http", port: 80, protocol: "TCP" }],
    });
  },
);

Deno.test("a strategic patch replaces lists that have no key", PURE, () => {
  const result = strategicMergePatch(
    "EndpointSlice",
    { endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 1 }] },
    { endpoints: [], ports: [{ port: 2 }] },
  );
  assertEquals(result, { endpoints: [], ports: [{ port: 2 }] });
});

Deno.test("a strategic patch merges finalizers as a set", PURE, () => {
  const target = { metadata: { finalizers: ["a", "b"] } };
  assertEquals(
    strategicMergePatch("Service", target, {
      metadata: { finalizers: ["b", "c"] },
    }),
    { metadata: { finalizers: ["a", "b", "c"] } },
  );
  assertEquals(
    strategicMergePatch("Service", target, {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] },
    }),
    { metadata: { finalizers: ["b"] } },
  );
});

Deno.test(
  "a strategic patch replaces or thins out a map when told so",
  PURE,
  () => {
    const target = { spec: { selector: { a: "1", b: "2" } } };
    assertEquals(
      strategicMergePatch("Service", target, {
        spec: { selector: { $patch: "replace", c: "3" } },
      }),
      { spec: { selector: { c: "3" } } },
    );
    assertEquals(
      strategicMergePatch("Service", target, {
        spec: { selector: { $retainKeys: ["b"] } },
      }),
      { spec: { selector: { b: "2" } } },
    );
  },
);

Deno.test.each([
  [[{ op: "add", path: "/a", value: 1 }], { b: [1, 2], a: 1 }],
  [[{ op: "add", path: "/b/1", value: 9 }], { b: [1, 9, 2] }],
  [[{ op: "add", path: "/b/-", value: 9 }], { b: [1, 2, 9] }],
  [[{ op: "remove", path: "/b/0" }], { b: [2] }],
  [[{ op: "replace", path: "/b/1", value: 3 }], { b: [1, 3] }],
  [[{ op: "move", from: "/b", path: "/c~1d" }], { "c/d": [1, 2] }],
  [[{ op: "copy", from: "/b/0", path: "/a" }], { b: [1, 2], a: 1 }],
  [[{ op: "test", path: "/b", value: [1, 2] }], { b: [1, 2] }],
])("jsonPatch() with %j gives %j", PURE, (operations, expected) => {
  assertEquals(jsonPatch({ b: [1, 2] }, operations), expected);
});

Deno.test("a JSON patch that does not fit is refused", PURE, () => {
  const target = { a: 1 };
  const patch = (operation: object) =>
    refusal(() => jsonPatch(target, [{ ...operation }]))["code"];
  assertEquals(patch({ op: "test", path: "/a", value: 2 }), 422);
  assertEquals(patch({ op: "remove", path: "/b" }), 422);
  assertEquals(patch({ op: "replace", path: "/b/c", value: 1 }), 422);
  assertEquals(patch({ op: "odd", path: "/a" }), 400);
  assertEquals(patch({ op: "add", path: "a", value: 1 }), 400);
});
