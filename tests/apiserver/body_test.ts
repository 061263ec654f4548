import { assertEquals } from "@std/assert";
import { lacks } from "../support/permission.ts";
import { readObject, readPatch } from "./body.ts";
import { refusal } from "./support.ts";

const PURE = { permissions: "none" } as const;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

// The library looks for a debugging switch in the environment.
const withoutEnv = lacks("YAML bodies", { name: "env" });

Deno.test("readObject() takes YAML", { ignore: withoutEnv }, () => {
  assertEquals(readObject(bytes("a: [1]"), "application/yaml"), { a: [1] });
});

Deno.test("readObject() takes JSON", PURE, () => {
  assertEquals(readObject(bytes('{"a":1}'), ""), { a: 1 });
  const json = "application/json; charset=utf-8";
  assertEquals(readObject(bytes('{"a":1}'), json), { a: 1 });
});

Deno.test("readObject() refuses what it cannot read", PURE, () => {
  const code = (text: string, type: string) =>
    refusal(() => readObject(bytes(text), type))["code"];
  assertEquals(code("{", "application/json"), 400);
  assertEquals(code("[]", "application/json"), 400);
  assertEquals(code("{}", "application/vnd.kubernetes.protobuf"), 415);
});

Deno.test("readPatch() takes patches and nothing else", PURE, () => {
  const type = "application/merge-patch+json";
  assertEquals(readPatch(bytes("{}"), type), { type, patch: {} });
  const json = "application/json";
  assertEquals(refusal(() => readPatch(bytes("{}"), json))["code"], 415);
});
