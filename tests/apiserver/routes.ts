/**
 * Which object or collection a path names, and what is asked of it.
 *
 * @module
 */
import { methodNotAllowed } from "./errors.ts";
import { kindAt, type KindInfo } from "./kinds.ts";

/** A path that names objects. */
export interface ResourceRoute {
  /** Their kind. */
  readonly info: KindInfo;
  /** Their namespace; absent: all, or the kind has none. */
  readonly namespace?: string;
  /** One object's name; absent: the collection. */
  readonly name?: string;
  /** "status" or another subresource. */
  readonly subresource?: string;
}

/** What is asked of it. */
export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";

/** What a path names; undefined when it names no objects that are served. */
export function parseRoute(path: string): ResourceRoute | undefined {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  if (parts.at(-1) === "") parts.pop();
  const isCore = parts[0] === "api";
  if (!isCore && parts[0] !== "apis") return undefined;
  const group = isCore ? "" : parts[1] ?? "";
  const version = parts[isCore ? 1 : 2] ?? "";
  let rest = parts.slice(isCore ? 2 : 3);
  let namespace: string | undefined;
  const isInside = rest[0] === "namespaces" && rest.length >= 3 &&
    rest[2] !== "status" && rest[2] !== "finalize";
  if (isInside) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural, name, subresource] = rest;
  const info = kindAt(group, version, plural ?? "");
  if (info === undefined || rest.length > 3) return undefined;
  if (
    subresource !== undefined && !(subresource === "status" && info.hasStatus)
  ) {
    return undefined;
  }
  if (name !== undefined && info.namespaced !== (namespace !== undefined)) {
    return undefined;
  }
  return {
    info,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** What a method asks of a route. */
export function verbOf(
  method: string,
  route: ResourceRoute,
  query: URLSearchParams,
): Verb {
  const isOne = route.name !== undefined;
  switch (method) {
    case "GET":
      if (isOne) return "get";
      return ["true", "1"].includes(query.get("watch") ?? "")
        ? "watch"
        : "list";
    case "POST":
      if (isOne) break;
      return "create";
    case "PUT":
      if (!isOne) break;
      return "update";
    case "PATCH":
      if (!isOne) break;
      return "patch";
    case "DELETE":
      return isOne ? "delete" : "deletecollection";
  }
  throw methodNotAllowed();
}
