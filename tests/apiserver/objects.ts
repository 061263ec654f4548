/**
 * Small things about whole objects: their keys, types and namespaces.
 *
 * @module
 */
import { badRequest } from "./errors.ts";
import { at, type Json, type JsonObject, textOf } from "./json.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** The end of a generated name, another one for each number. */
export function suffix(number: number): string {
  let rest = number * 7919 % 14_348_907;
  let text = "";
  while (text.length < 5) {
    text += SUFFIX_LETTERS[rest % SUFFIX_LETTERS.length] ?? "x";
    rest = Math.floor(rest / SUFFIX_LETTERS.length);
  }
  return text;
}

/** Turns any object of a test into plain JSON that nobody else holds. */
export function plain(object: object): JsonObject {
  return JSON.parse(JSON.stringify(object));
}

/** "namespace/name" or "name" of an object. */
export function keyOf(info: KindInfo, object: JsonObject): string {
  const name = textOf(at(object, "metadata", "name"));
  if (!info.namespaced) return name;
  return `${textOf(at(object, "metadata", "namespace")) || "default"}/${name}`;
}

/** An object with its kind and apiVersion in front. */
export function typed(info: KindInfo, object: JsonObject): JsonObject {
  return { kind: info.kind, apiVersion: apiVersionOf(info), ...object };
}

/** What a refusal names, from a key. */
export function subject(
  info: KindInfo,
  key: string,
): { plural: string; group: string; name: string } {
  const name = key.slice(key.indexOf("/") + 1);
  return { plural: info.plural, group: info.group, name };
}

/** The object with its namespace, which is "default" when it names none. */
export function withNamespace(info: KindInfo, object: JsonObject): JsonObject {
  const metadata: Json | undefined = object["metadata"];
  if (typeof metadata !== "object" || metadata === null) {
    throw badRequest("the object has no metadata");
  }
  if (!info.namespaced) return object;
  const namespace = textOf(at(object, "metadata", "namespace")) || "default";
  return { ...object, metadata: { ...metadata, namespace } };
}
