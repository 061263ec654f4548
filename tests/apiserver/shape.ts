/**
 * The shape of JSON: which fields there are, and of which types.
 *
 * @module
 */
import { isObject, type Json } from "./json.ts";

/** Maps whose keys are data, not fields. */
const MAPS: ReadonlySet<string> = new Set([
  "labels",
  "annotations",
  "selector",
  "fieldsV1",
]);

function collect(value: Json, path: string, shape: Set<string>): void {
  if (Array.isArray(value)) {
    shape.add(`${path}: list`);
    for (const item of value) collect(item, `${path}[]`, shape);
  } else if (isObject(value)) {
    shape.add(`${path}: object`);
    for (const [field, inner] of Object.entries(value)) {
      const isMap = MAPS.has(field) && isObject(inner);
      if (isMap) shape.add(`${path}.${field}: map`);
      else collect(inner, `${path}.${field}`, shape);
    }
  } else {
    shape.add(`${path}: ${value === null ? "null" : typeof value}`);
  }
}

/** The fields of a value and their types, as sorted lines. */
export function shapeOf(value: Json): readonly string[] {
  const shape = new Set<string>();
  collect(value, "", shape);
  return [...shape].sort();
}
