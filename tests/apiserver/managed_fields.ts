/**
 * `metadata.managedFields` in the shape that a real server keeps, so that
 * answers have its size. It names the fields of the whole object for each
 * writer; who owns which of them is not worked out.
 *
 * @module
 */
import {
  at,
  compact,
  isObject,
  type Json,
  type JsonObject,
  listOf,
  objectOf,
  withField,
} from "./json.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";

/** Who writes, and when. */
export interface Writer {
  /** Name of the client, such as "kubectl-client-side-apply". */
  readonly manager: string;
  /** The time, as the API spells it. */
  readonly now: string;
  /** "status" when only that is written. */
  readonly subresource?: string;
}

/** Fields that the server fills in and no writer owns. */
const ALLOCATED: ReadonlySet<string> = new Set([
  "clusterIP",
  "clusterIPs",
  "ipFamilies",
  "ipFamilyPolicy",
  "nodePort",
  "healthCheckNodePort",
]);

/** Lists whose items have keys, by the name of the field. */
const ITEM_KEYS: Readonly<Record<string, readonly string[]>> = {
  "spec.ports": ["port", "protocol"],
  "status.addresses": ["type"],
  "status.conditions": ["type"],
  "metadata.ownerReferences": ["uid"],
};

/** Maps that are looked into, with an entry for themselves. */
const MAPS: ReadonlySet<string> = new Set([
  "metadata.labels",
  "metadata.annotations",
  "spec.sessionAffinityConfig",
  "spec.sessionAffinityConfig.clientIP",
]);

/** Structures that are looked into, without one. */
const STRUCTURES: ReadonlySet<string> = new Set([
  "spec",
  "status",
  "status.loadBalancer",
]);

function itemsOf(
  items: readonly Json[],
  keys: readonly string[],
  path: string,
): JsonObject {
  const fields: Record<string, Json> = { ".": {} };
  for (const item of items) {
    const key = JSON.stringify(
      Object.fromEntries(keys.map((name) => [name, at(item, name) ?? null])),
    );
    fields[`k:${key}`] = path === "metadata.ownerReferences"
      ? {}
      : { ".": {}, ...fieldsOf(objectOf(item), `${path}[]`) };
  }
  return fields;
}

function fieldOf(value: Json, path: string): JsonObject {
  const keys = ITEM_KEYS[path];
  if (keys !== undefined) return itemsOf(listOf(value), keys, path);
  if (!isObject(value)) return {};
  if (MAPS.has(path)) return { ".": {}, ...fieldsOf(value, path) };
  return STRUCTURES.has(path) ? fieldsOf(value, path) : {};
}

function fieldsOf(object: JsonObject, path: string): JsonObject {
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    if (ALLOCATED.has(name)) continue;
    const inner = path === "" ? name : `${path}.${name}`;
    fields[`f:${name}`] = fieldOf(value, inner);
  }
  return fields;
}

/** The part of metadata that writers own. */
function metadataFields(object: JsonObject): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const owned = compact({
    generateName: metadata["generateName"],
    annotations: metadata["annotations"],
    labels: metadata["labels"],
    ownerReferences: metadata["ownerReferences"],
  });
  const fields = fieldsOf(owned, "metadata");
  return Object.keys(fields).length === 0 ? {} : { "f:metadata": fields };
}

function writtenFields(
  object: JsonObject,
  subresource: string | undefined,
): JsonObject {
  const { metadata: _metadata, status, ...rest } = object;
  if (subresource !== undefined) {
    return fieldsOf(compact({ status }), "");
  }
  return { ...metadataFields(object), ...fieldsOf(rest, "") };
}

/** An object with what a writer wrote added to its managed fields. */
export function withManagedFields(
  info: KindInfo,
  object: JsonObject,
  previous: JsonObject | undefined,
  writer: Writer,
): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const others = listOf(at(previous, "metadata", "managedFields")).filter(
    (entry) =>
      at(entry, "manager") !== writer.manager ||
      at(entry, "subresource") !== writer.subresource,
  );
  const entry = compact({
    manager: writer.manager,
    operation: "Update",
    apiVersion: apiVersionOf(info),
    time: writer.now,
    fieldsType: "FieldsV1",
    fieldsV1: writtenFields(object, writer.subresource),
    subresource: writer.subresource,
  });
  return {
    ...object,
    metadata: { ...metadata, managedFields: [...others, entry] },
  };
}

/** An object with the managed fields of another state of it. */
export function withManagedFieldsOf(
  object: JsonObject,
  other: JsonObject | undefined,
): JsonObject {
  const fields = at(other, "metadata", "managedFields");
  const metadata = objectOf(object["metadata"]);
  return {
    ...object,
    metadata: withField(metadata, "managedFields", fields),
  };
}
