/**
 * What becomes of an object on the way into the store: defaults, metadata
 * that the server keeps, the status subresource.
 *
 * @module
 */
import type { Allocator } from "./allocator.ts";
import {
  at,
  compact,
  type JsonObject,
  listOf,
  objectOf,
  sameJson,
  textOf,
  withField,
} from "./json.ts";
import { EMPTY_NODE_STATUS, type KindInfo } from "./kinds.ts";
import { withServiceDefaults, withSliceDefaults } from "./service_defaults.ts";

/** What a write needs from its surroundings. */
export interface WriteContext {
  /** The time, as the API spells it. */
  readonly now: string;
  /** Addresses and ports in use. */
  readonly allocator: Allocator;
  /** Makes a new uid. */
  uid(): string;
  /** Makes the end of a generated name. */
  suffix(): string;
}

function withoutType(object: JsonObject): JsonObject {
  const { kind: _kind, apiVersion: _version, ...rest } = object;
  return rest;
}

function withKindDefaults(
  info: KindInfo,
  object: JsonObject,
  previous: JsonObject | undefined,
  allocator: Allocator,
): JsonObject {
  switch (info.kind) {
    case "Service":
      return withServiceDefaults(object, previous, allocator);
    case "EndpointSlice":
      return withSliceDefaults(object);
    case "Namespace":
      return {
        ...object,
        spec: at(object, "spec", "finalizers") === undefined
          ? { ...objectOf(object["spec"]), finalizers: ["kubernetes"] }
          : objectOf(object["spec"]),
      };
    default:
      return info.hasStatus
        ? { ...object, spec: objectOf(object["spec"]) }
        : object;
  }
}

/** The status of an object that nothing has reported on. */
function emptyStatus(info: KindInfo): JsonObject {
  if (info.kind === "Namespace") return { phase: "Active" };
  if (info.kind === "Pod") return { phase: "Pending" };
  return objectOf(info.empty["status"]);
}

/** An object as it is stored when it is created. */
export function prepareCreate(
  info: KindInfo,
  object: JsonObject,
  context: WriteContext,
  options: { readonly keepStatus: boolean },
): JsonObject {
  const given = objectOf(object["metadata"]);
  const generateName = textOf(given["generateName"]);
  const name = textOf(given["name"]) ||
    (generateName === "" ? "" : `${generateName}${context.suffix()}`);
  const metadata = compact({
    ...withField(withoutEmpty(given), "resourceVersion", undefined),
    name,
    uid: context.uid(),
    generation: info.hasGeneration ? 1 : undefined,
    creationTimestamp: context.now,
    deletionTimestamp: undefined,
    selfLink: undefined,
  });
  const filled = withKindDefaults(
    info,
    { ...withoutType(object), metadata },
    undefined,
    context.allocator,
  );
  if (!info.hasStatus) return filled;
  const isKept = options.keepStatus || info.kind === "Node";
  const base = info.kind === "Node" ? EMPTY_NODE_STATUS : emptyStatus(info);
  const status = isKept && filled["status"] !== undefined
    ? { ...base, ...objectOf(filled["status"]) }
    : base;
  return { ...filled, status };
}

/** Metadata whose maps and lists are left out when they are empty. */
function withoutEmpty(metadata: JsonObject): JsonObject {
  const dropped = ["labels", "annotations", "finalizers", "ownerReferences"]
    .filter((field) => Object.keys(metadata[field] ?? {}).length === 0);
  return dropped.reduce(
    (rest, field) => withField(rest, field, undefined),
    metadata,
  );
}

/** Metadata that a writer cannot change. */
function withKeptMetadata(
  next: JsonObject,
  previous: JsonObject,
): JsonObject {
  const before = objectOf(previous["metadata"]);
  return compact({
    ...withoutEmpty(objectOf(next["metadata"])),
    name: before["name"],
    namespace: before["namespace"],
    generateName: before["generateName"],
    uid: before["uid"],
    resourceVersion: before["resourceVersion"],
    generation: before["generation"],
    creationTimestamp: before["creationTimestamp"],
    deletionTimestamp: before["deletionTimestamp"],
    deletionGracePeriodSeconds: before["deletionGracePeriodSeconds"],
  });
}

function withoutMetadata(object: JsonObject): JsonObject {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

/** An object as it is stored when it is replaced; its status stays. */
export function prepareUpdate(
  info: KindInfo,
  next: JsonObject,
  previous: JsonObject,
  context: WriteContext,
  options: { readonly keepStatus: boolean },
): JsonObject {
  const filled = withKindDefaults(
    info,
    { ...withoutType(next), metadata: withKeptMetadata(next, previous) },
    previous,
    context.allocator,
  );
  const status = options.keepStatus && filled["status"] !== undefined
    ? filled["status"]
    : previous["status"];
  const result = info.hasStatus ? withField(filled, "status", status) : filled;
  const isSame = sameJson(withoutMetadata(result), withoutMetadata(previous));
  const generation = at(previous, "metadata", "generation");
  if (!info.hasGeneration || isSame || typeof generation !== "number") {
    return result;
  }
  const metadata = objectOf(result["metadata"]);
  return { ...result, metadata: { ...metadata, generation: generation + 1 } };
}

/** An object as it is stored when only its status is replaced. */
export function prepareStatus(
  next: JsonObject,
  previous: JsonObject,
): JsonObject {
  return withField(previous, "status", next["status"] ?? previous["status"]);
}

/** Whether a deletion must wait for finalizers. */
export function hasFinalizers(object: JsonObject): boolean {
  return listOf(at(object, "metadata", "finalizers")).length > 0;
}

/** An object that waits for its finalizers. */
export function prepareDeletion(object: JsonObject, now: string): JsonObject {
  const metadata = objectOf(object["metadata"]);
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: metadata["deletionTimestamp"] ?? now,
      deletionGracePeriodSeconds: 0,
    },
  };
}
