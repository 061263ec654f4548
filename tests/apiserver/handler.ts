/**
 * Answers to requests for objects, but for watches: what a method and a body
 * do to the store, and what goes back.
 *
 * @module
 */
import type { ApiStore, WriteOptions } from "./api_store.ts";
import { readObject, readPatch } from "./body.ts";
import { badRequest, conflict, methodNotAllowed, notFound } from "./errors.ts";
import {
  at,
  compact,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
} from "./json.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { listPage } from "./list.ts";
import { keyOf, typed } from "./objects.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch.ts";
import type { ResourceRoute, Verb } from "./routes.ts";
import { tableOf } from "./tables.ts";
import { itemText, typedText } from "./text.ts";

/** A request, as far as answers depend on it. */
export interface ApiRequest {
  /** What it names. */
  readonly route: ResourceRoute;
  /** What it asks. */
  readonly verb: Verb;
  /** Its query. */
  readonly query: URLSearchParams;
  /** Its `Content-Type`. */
  readonly contentType: string;
  /** Whether rows are wanted rather than objects. */
  readonly asTable: boolean;
  /** Its `User-Agent`. */
  readonly userAgent: string;
  /** Its body. */
  readonly body: Uint8Array;
}

/** An answer. */
export interface Answer {
  /** HTTP status code. */
  readonly code: number;
  /** JSON text. */
  readonly text: string;
}

function keyOfRoute(route: ResourceRoute): string {
  return route.namespace === undefined
    ? route.name ?? ""
    : `${route.namespace}/${route.name ?? ""}`;
}

function answerObject(
  request: ApiRequest,
  object: JsonObject,
  code: number = 200,
): Answer {
  const { info } = request.route;
  if (!request.asTable) return { code, text: typedText(info, object) };
  const metadata = compact({
    resourceVersion: at(object, "metadata", "resourceVersion"),
  });
  const table = tableOf(info, [object], { metadata, nowMs: Date.now() });
  return { code, text: JSON.stringify(table) };
}

function list(store: ApiStore, request: ApiRequest): Answer {
  const { info } = request.route;
  const page = listPage(store.versions, info, {
    query: request.query,
    ...(request.route.namespace === undefined
      ? {}
      : { namespace: request.route.namespace }),
  });
  const metadata = compact({
    resourceVersion: String(page.version),
    continue: page.next,
    remainingItemCount: page.remaining,
  });
  if (request.asTable) {
    const objects = page.entries.map(({ object }) => object);
    const table = tableOf(info, objects, { metadata, nowMs: Date.now() });
    return { code: 200, text: JSON.stringify(table) };
  }
  const head = JSON.stringify({
    kind: `${info.kind}List`,
    apiVersion: apiVersionOf(info),
    metadata,
  });
  const items = page.entries.map(({ object }) => itemText(object)).join(",");
  return { code: 200, text: `${head.slice(0, -1)},"items":[${items}]}` };
}

/** The object of a body, checked against the path it was sent to. */
function objectFor(request: ApiRequest, object: JsonObject): JsonObject {
  const { info, namespace, name } = request.route;
  const kind = textOf(object["kind"]) || info.kind;
  const version = textOf(object["apiVersion"]) || apiVersionOf(info);
  if (kind !== info.kind || version !== apiVersionOf(info)) {
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${info.kind}: the path is of ${info.kind} in version "${
        apiVersionOf(info)
      }"`,
    );
  }
  const metadata = objectOf(object["metadata"]);
  const given = textOf(metadata["namespace"]);
  if (namespace !== undefined && given !== "" && given !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  const named = textOf(metadata["name"]);
  if (name !== undefined && named !== "" && named !== name) {
    throw badRequest(
      `the name of the object (${named}) does not match the name on the URL (${name})`,
    );
  }
  return {
    ...object,
    metadata: compact({
      ...metadata,
      namespace,
      name: name ?? metadata["name"],
    }),
  };
}

function isDryRun(request: ApiRequest): boolean {
  return request.query.getAll("dryRun").includes("All");
}

/** How a request writes; the writer's name is the API's own guess. */
function writeOptions(request: ApiRequest): WriteOptions {
  const manager = request.query.get("fieldManager") ??
    (request.userAgent.split("/")[0] || "unknown");
  return { keepStatus: false, dryRun: isDryRun(request), manager };
}

function create(store: ApiStore, request: ApiRequest): Answer {
  const { info, namespace } = request.route;
  if (info.namespaced && namespace === undefined) throw methodNotAllowed();
  const object = readObject(request.body, request.contentType);
  const made = store.create(
    info,
    objectFor(request, object),
    writeOptions(request),
  );
  return answerObject(request, made, 201);
}

function write(
  store: ApiStore,
  request: ApiRequest,
  object: JsonObject,
): Answer {
  const { info, subresource } = request.route;
  const checked = objectFor(request, object);
  const options = writeOptions(request);
  const result = subresource === "status"
    ? store.updateStatus(info, checked, options)
    : store.update(info, checked, options);
  return answerObject(request, result);
}

function patched(
  info: KindInfo,
  current: JsonObject,
  body: { readonly type: string; readonly patch: Json },
): JsonObject {
  if (body.type === "application/json-patch+json") {
    return objectOf(jsonPatch(current, body.patch));
  }
  if (!isObject(body.patch)) throw badRequest("the patch is not an object");
  return body.type === "application/merge-patch+json"
    ? objectOf(mergePatch(current, body.patch))
    : strategicMergePatch(info.kind, current, body.patch);
}

function patch(store: ApiStore, request: ApiRequest): Answer {
  const { info } = request.route;
  const body = readPatch(request.body, request.contentType);
  const current = store.get(info, keyOfRoute(request.route));
  if (current === undefined) {
    const isApply = body.type === "application/apply-patch+yaml";
    if (!isApply || !isObject(body.patch)) {
      throw notFound({ ...info, name: request.route.name ?? "" });
    }
    const object = objectFor(request, body.patch);
    const options = writeOptions(request);
    return answerObject(request, store.create(info, object, options), 201);
  }
  // A patch that names a version is refused when it is not the newest one.
  return write(store, request, patched(info, current, body));
}

function checkPreconditions(request: ApiRequest, object: JsonObject): void {
  if (request.body.length === 0) return;
  const options = readObject(request.body, request.contentType);
  const wanted = objectOf(at(options, "preconditions"));
  for (const field of ["uid", "resourceVersion"]) {
    const held = at(object, "metadata", field);
    if (wanted[field] !== undefined && wanted[field] !== held) {
      const what = field === "uid" ? "UID" : "ResourceVersion";
      throw conflict(
        { ...request.route.info, name: request.route.name ?? "" },
        `Precondition failed: ${what} in precondition: ${
          wanted[field]
        }, ${what} in object meta: ${held}`,
      );
    }
  }
}

function remove(store: ApiStore, request: ApiRequest): Answer {
  const { info } = request.route;
  const key = keyOfRoute(request.route);
  const { object } = store.entry(info, key);
  checkPreconditions(request, object);
  const last = store.delete(info, key, { dryRun: isDryRun(request) });
  if (at(last, "metadata", "deletionTimestamp") !== undefined) {
    return answerObject(request, last);
  }
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: compact({
      name: request.route.name,
      group: info.group === "" ? undefined : info.group,
      kind: info.plural,
      uid: at(object, "metadata", "uid"),
    }),
  };
  return { code: 200, text: JSON.stringify(status) };
}

function removeAll(store: ApiStore, request: ApiRequest): Answer {
  const { info, namespace } = request.route;
  if (info.namespaced && namespace === undefined) throw methodNotAllowed();
  const answer = list(store, { ...request, asTable: false });
  const page = listPage(store.versions, info, {
    query: request.query,
    ...(namespace === undefined ? {} : { namespace }),
  });
  for (const { object } of page.entries) {
    store.delete(info, keyOf(info, object), { dryRun: isDryRun(request) });
  }
  return answer;
}

/** Answers a request for objects that is no watch; throws refusals. */
export function answerRequest(store: ApiStore, request: ApiRequest): Answer {
  const { route } = request;
  switch (request.verb) {
    case "get":
      return answerObject(
        request,
        typed(route.info, store.entry(route.info, keyOfRoute(route)).object),
      );
    case "list":
      return list(store, request);
    case "create":
      return create(store, request);
    case "update":
      return write(
        store,
        request,
        readObject(request.body, request.contentType),
      );
    case "patch":
      return patch(store, request);
    case "delete":
      return remove(store, request);
    case "deletecollection":
      return removeAll(store, request);
    case "watch":
      throw methodNotAllowed();
  }
}
