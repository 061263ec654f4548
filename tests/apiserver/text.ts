/**
 * Objects as text, each written once however often it is sent.
 *
 * @module
 */
import type { JsonObject } from "./json.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";

const texts = new WeakMap<JsonObject, string>();

/** An object as text, without kind and apiVersion, as items of lists are. */
export function itemText(object: JsonObject): string {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
}

/** An object as text with its kind and apiVersion in front. */
export function typedText(info: KindInfo, object: JsonObject): string {
  const text = itemText(object);
  if ("kind" in object) return text;
  const head = `{"kind":${JSON.stringify(info.kind)},"apiVersion":${
    JSON.stringify(apiVersionOf(info))
  }`;
  return text === "{}" ? `${head}}` : `${head},${text.slice(1)}`;
}
