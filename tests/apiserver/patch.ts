/**
 * The patches that the API server takes: JSON merge patch (RFC 7396), JSON
 * patch (RFC 6902) and strategic merge patch.
 *
 * @module
 */
import { ApiError, badRequest } from "./errors.ts";
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  sameJson,
  textOf,
  withField,
} from "./json.ts";

/** Applies a JSON merge patch. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  let result = objectOf(target);
  for (const [field, value] of Object.entries(patch)) {
    result = withField(
      result,
      field,
      value === null ? undefined : mergePatch(at(result, field), value),
    );
  }
  return result;
}

/** Lists that are merged by a key rather than replaced, by their path. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  "metadata.ownerReferences": "uid",
  "Service.spec.ports": "port",
  "Node.status.addresses": "type",
  "Node.status.conditions": "type",
  "Namespace.status.conditions": "type",
  "Service.status.conditions": "type",
  "ServiceCIDR.status.conditions": "type",
  "Pod.spec.containers": "name",
  "Pod.status.conditions": "type",
  "Pod.status.podIPs": "ip",
};

/** Lists of plain values that are merged as sets, by their path. */
const SET_PATHS: ReadonlySet<string> = new Set([
  "metadata.finalizers",
  "Node.spec.podCIDRs",
]);

function mergeKeyOf(kind: string, path: string): string | undefined {
  return MERGE_KEYS[path] ?? MERGE_KEYS[`${kind}.${path}`];
}

/** The order that `$setElementOrder` asks for; unnamed items come last. */
function ordered(
  items: readonly Json[],
  order: readonly Json[],
  key: string | undefined,
): readonly Json[] {
  if (order.length === 0) return items;
  const rank = (item: Json): number => {
    const index = order.findIndex((wanted) =>
      key === undefined
        ? sameJson(wanted, item)
        : sameJson(at(wanted, key), at(item, key))
    );
    return index === -1 ? order.length : index;
  };
  return items.toSorted((left, right) => rank(left) - rank(right));
}

function mergeList(
  kind: string,
  path: string,
  lists: { readonly target: readonly Json[]; readonly patch: readonly Json[] },
): readonly Json[] {
  const key = mergeKeyOf(kind, path);
  if (key === undefined) {
    if (!SET_PATHS.has(path) && !SET_PATHS.has(`${kind}.${path}`)) {
      return lists.patch;
    }
    const extra = lists.patch.filter((item) => !lists.target.includes(item));
    return [...lists.target, ...extra];
  }
  if (lists.patch.some((item) => at(item, "$patch") === "replace")) {
    return lists.patch.filter((item) => at(item, "$patch") === undefined);
  }
  let result = [...lists.target];
  for (const item of lists.patch) {
    const isIt = (other: Json) => sameJson(at(other, key), at(item, key));
    if (at(item, "$patch") === "delete") {
      result = result.filter((other) => !isIt(other));
      continue;
    }
    const index = result.findIndex(isIt);
    const merged = mergeValue(kind, path, result[index], item);
    if (index === -1) result.push(merged);
    else result[index] = merged;
  }
  return result;
}

function mergeValue(
  kind: string,
  path: string,
  target: Json | undefined,
  patch: Json,
): Json {
  if (Array.isArray(patch)) {
    return mergeList(kind, path, { target: listOf(target), patch });
  }
  if (!isObject(patch)) return patch;
  const { $patch: directive, ...fields } = patch;
  if (directive === "delete") return {};
  const start = directive === "replace" ? {} : objectOf(target);
  return mergeFields(kind, path, start, fields);
}

function mergeFields(
  kind: string,
  path: string,
  target: JsonObject,
  fields: JsonObject,
): JsonObject {
  let result = target;
  const inner = (field: string) => path === "" ? field : `${path}.${field}`;
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith("$")) continue;
    result = withField(
      result,
      field,
      value === null
        ? undefined
        : mergeValue(kind, inner(field), at(result, field), value),
    );
  }
  return withDirectives(kind, path, result, fields);
}

/** Obeys `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`. */
function withDirectives(
  kind: string,
  path: string,
  merged: JsonObject,
  fields: JsonObject,
): JsonObject {
  let result = merged;
  for (const [directive, value] of Object.entries(fields)) {
    const [name, field = ""] = directive.split("/");
    const current = listOf(at(result, field));
    if (name === "$retainKeys") {
      const kept = listOf(value).map(textOf);
      result = Object.fromEntries(
        Object.entries(result).filter(([key]) => kept.includes(key)),
      );
    } else if (name === "$deleteFromPrimitiveList") {
      const gone = listOf(value);
      const rest = current.filter((item) => !gone.includes(item));
      result = withField(result, field, rest);
    } else if (name === "$setElementOrder" && current.length > 0) {
      const inner = path === "" ? field : `${path}.${field}`;
      const key = mergeKeyOf(kind, inner);
      const isMerged = key !== undefined || SET_PATHS.has(inner);
      if (isMerged) {
        result = withField(
          result,
          field,
          ordered(current, listOf(value), key),
        );
      }
    }
  }
  return result;
}

/** Applies a strategic merge patch to an object of a kind. */
export function strategicMergePatch(
  kind: string,
  target: JsonObject,
  patch: JsonObject,
): JsonObject {
  return objectOf(mergeValue(kind, "", target, patch));
}

function pointer(text: string): readonly string[] {
  if (text === "") return [];
  if (!text.startsWith("/")) throw badRequest(`invalid JSON pointer: ${text}`);
  return text.slice(1).split("/").map((part) =>
    part.replaceAll("~1", "/").replaceAll("~0", "~")
  );
}

function valueAt(target: Json | undefined, path: readonly string[]): Json {
  let current = target;
  for (const part of path) {
    current = Array.isArray(current)
      ? current[Number(part)]
      : at(current, part);
  }
  if (current === undefined) {
    throw new ApiError(422, {
      message: `the server rejected our request due to an error in our request`,
      reason: "Invalid",
      details: {},
    });
  }
  return current;
}

type Edit = "add" | "remove" | "replace";

function editAt(
  target: Json,
  path: readonly string[],
  edit: Edit,
  value: Json | undefined,
): Json {
  const [head, ...rest] = path;
  if (head === undefined) return value ?? null;
  if (rest.length > 0) {
    const inner = editAt(valueAt(target, [head]), rest, edit, value);
    return Array.isArray(target)
      ? target.with(Number(head), inner)
      : withField(objectOf(target), head, inner);
  }
  if (edit !== "add") valueAt(target, [head]);
  if (!Array.isArray(target)) {
    return withField(
      objectOf(target),
      head,
      edit === "remove" ? undefined : value,
    );
  }
  const index = head === "-" ? target.length : Number(head);
  if (edit === "remove") return target.toSpliced(index, 1);
  return target.toSpliced(index, edit === "add" ? 0 : 1, value ?? null);
}

/** Applies a JSON patch, a list of operations. */
export function jsonPatch(target: Json, operations: Json): Json {
  let result = target;
  for (const operation of listOf(operations)) {
    const path = pointer(textOf(at(operation, "path")));
    const from = pointer(textOf(at(operation, "from")));
    const value = at(operation, "value");
    const name = textOf(at(operation, "op"));
    if (name === "add" || name === "remove" || name === "replace") {
      result = editAt(result, path, name, value);
    } else if (name === "copy" || name === "move") {
      const moved = valueAt(result, from);
      if (name === "move") result = editAt(result, from, "remove", undefined);
      result = editAt(result, path, "add", moved);
    } else if (name === "test") {
      if (!sameJson(valueAt(result, path), value)) {
        throw new ApiError(422, {
          message:
            "the server rejected our request due to an error in our request",
          reason: "Invalid",
          details: {},
        });
      }
    } else {
      throw badRequest(`unexpected JSON patch operation "${name}"`);
    }
  }
  return result;
}
