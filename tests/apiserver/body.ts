/**
 * Bodies of requests: JSON or YAML in, or a refusal.
 *
 * @module
 */
import { parse } from "yaml";
import { badRequest, unsupportedMediaType } from "./errors.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const OBJECT_TYPES = ["application/json", "application/yaml"] as const;

/** Kinds of patch, by their media type. */
export const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;

/** The media type without its parameters. */
export function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** Reads a body of a media type that is known to be accepted. */
function read(bytes: Uint8Array, type: string): Json {
  const text = new TextDecoder().decode(bytes);
  try {
    return type.endsWith("yaml") ? parse(text) : JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
}

/** Reads the object that a create or update sends. */
export function readObject(
  bytes: Uint8Array,
  contentType: string,
): JsonObject {
  const type = mediaType(contentType) || "application/json";
  if (!OBJECT_TYPES.some((known) => known === type)) {
    throw unsupportedMediaType([
      ...OBJECT_TYPES,
      "application/vnd.kubernetes.protobuf",
    ]);
  }
  const value = read(bytes, type);
  if (!isObject(value)) {
    throw badRequest("the body of the request is not an object");
  }
  return value;
}

/** Reads a patch, with its media type. */
export function readPatch(
  bytes: Uint8Array,
  contentType: string,
): { readonly type: string; readonly patch: Json } {
  const type = mediaType(contentType);
  if (!PATCH_TYPES.some((known) => known === type)) {
    throw unsupportedMediaType(PATCH_TYPES);
  }
  return { type, patch: read(bytes, type) };
}
