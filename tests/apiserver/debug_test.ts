import { assertEquals } from "@std/assert";
import { ApiStore } from "./api_store.ts";
import { answerDebug, type DebugTarget } from "./debug.ts";
import { Faults } from "./faults.ts";
import type { Json } from "./json.ts";
import { refusal } from "./support.ts";

const PURE = { permissions: "none" } as const;

function target(): DebugTarget & { readonly severed: () => number } {
  let severed = 0;
  return {
    store: new ApiStore(),
    faults: new Faults(),
    counts: new Map([["list /api/v1/services", 3]]),
    sever: () => severed++,
    severed: () => severed,
  };
}

function ask(it: DebugTarget, text: string, body: Json = {}): Json {
  const [method = "", path = ""] = text.split(" ");
  return answerDebug(it, { method, path, body });
}

Deno.test("faults are added, shown and cleared", PURE, () => {
  const it = target();
  ask(it, "POST /debug/faults", [{ fault: "drop" }, {
    fault: "gone",
    count: 2,
  }]);
  assertEquals(ask(it, "GET /debug/faults"), [
    { fault: "drop", count: 1 },
    { fault: "gone", count: 2 },
  ]);
  ask(it, "DELETE /debug/faults");
  assertEquals(ask(it, "GET /debug/faults"), []);
});

Deno.test("connections are severed and requests counted", PURE, () => {
  const it = target();
  ask(it, "POST /debug/sever");
  assertEquals(it.severed(), 1);
  assertEquals(ask(it, "GET /debug/requests"), { "list /api/v1/services": 3 });
});

Deno.test("changes are forgotten up to a version", PURE, () => {
  const it = target();
  it.store.create("Node", { metadata: { name: "a" } });
  it.store.create("Node", { metadata: { name: "b" } });
  ask(it, "POST /debug/compact", { version: 1 });
  assertEquals(it.store.versions.changesAfter("v1/nodes", 0), undefined);
  assertEquals(it.store.versions.changesAfter("v1/nodes", 1)?.length, 1);
});

Deno.test.each([
  ["POST /debug/faults", {}, 400],
  ["POST /debug/faults", { fault: "drop", path: "(" }, 400],
  ["POST /debug/objects", { kind: "Service", key: "a/b" }, 400],
  ["POST /debug/objects", { kind: "Absent", key: "a", object: {} }, 400],
  ["PUT /debug/faults", {}, 405],
  ["GET /debug/other", {}, 404],
])("%s with %j is refused with %d", PURE, (text, body, code) => {
  assertEquals(refusal(() => ask(target(), text, body))["code"], code);
});
