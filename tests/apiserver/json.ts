/**
 * JSON values as they are on the wire, and how to look into them and change
 * them without changing the original.
 *
 * @module
 */

/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** Its fields. */
  readonly [field: string]: Json;
}

/** Whether a value is a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value when it is an object, else an empty object. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The value when it is a list, else an empty list. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The value when it is text, else an empty text. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The value at a path of field names; undefined when there is none. */
export function at(
  value: Json | undefined,
  ...path: readonly string[]
): Json | undefined {
  let current = value;
  for (const field of path) {
    if (!isObject(current) || !Object.hasOwn(current, field)) return undefined;
    current = current[field];
  }
  return current;
}

/** A copy with one field set; undefined takes the field away. */
export function withField(
  object: JsonObject,
  field: string,
  value: Json | undefined,
): JsonObject {
  if (value === undefined) {
    const { [field]: _gone, ...rest } = object;
    return rest;
  }
  return { ...object, [field]: value };
}

/** A copy with the value at a path set; objects on the way are made. */
export function withAt(
  object: JsonObject,
  path: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [field, ...rest] = path;
  if (field === undefined) return object;
  if (rest.length === 0) return withField(object, field, value);
  return withField(
    object,
    field,
    withAt(objectOf(at(object, field)), rest, value),
  );
}

/** A copy without the fields whose value is undefined. */
export function compact(
  object: Readonly<Record<string, Json | undefined>>,
): JsonObject {
  const result: Record<string, Json> = {};
  for (const [field, value] of Object.entries(object)) {
    if (value !== undefined) result[field] = value;
  }
  return result;
}

/** Whether two values are the same; the order of fields does not matter. */
export function sameJson(
  left: Json | undefined,
  right: Json | undefined,
): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length &&
      left.every((item, index) => sameJson(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const fields = Object.keys(left);
  return fields.length === Object.keys(right).length &&
    fields.every((field) =>
      Object.hasOwn(right, field) && sameJson(left[field], right[field])
    );
}
