/**
 * Lists: which objects, of which version, and which page of them.
 *
 * @module
 */
import { ApiError, badRequest, expired, versionTooLarge } from "./errors.ts";
import { at, type Json, textOf } from "./json.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { hasSelector, parseSelectors } from "./selectors.ts";
import type { Entry, VersionedStore } from "./store.ts";

/** One page of a list. */
export interface Page {
  /** Version at which the list holds. */
  readonly version: number;
  /** The objects. */
  readonly entries: readonly Entry[];
  /** Token for the next page; absent: this is the last one. */
  readonly next?: string;
  /** Objects after this page; absent when unknown. */
  readonly remaining?: number;
}

interface Position {
  readonly version: number;
  readonly after: string;
}

function encodeToken(position: Position): string {
  const text = JSON.stringify({
    v: "meta.k8s.io/v1",
    rv: position.version,
    start: `/${position.after}\u0000`,
  });
  const bytes = new TextEncoder().encode(text);
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function decodeToken(token: string): Position {
  const bad = /[^-A-Za-z0-9_]/.exec(token);
  if (bad !== null || token.length % 4 === 1) {
    throw badRequest(
      `invalid continue token: continue key is not valid: illegal base64 data at input byte ${
        bad?.index ?? token.length - (token.length % 4)
      }`,
    );
  }
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
    const value: Json = JSON.parse(new TextDecoder().decode(bytes));
    const version = at(value, "rv");
    if (typeof version !== "number") throw new TypeError("rv");
    return { version, after: textOf(at(value, "start")).slice(1, -1) };
  } catch {
    throw badRequest(
      "invalid continue token: continue key is not valid: not a token of this server",
    );
  }
}

/** Reads a resource version; undefined when it is absent. */
export function parseVersion(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(
      `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  }
  return Number(text);
}

/** 422 for a list option. */
export function invalidOption(field: string, why: string): ApiError {
  return new ApiError(422, {
    message: `ListOptions.meta.k8s.io "" is invalid: ${field}: ${why}`,
    reason: "Invalid",
    details: {
      group: "meta.k8s.io",
      kind: "ListOptions",
      causes: [{ reason: "FieldValueForbidden", message: why, field }],
    },
  });
}

function parseLimit(text: string | null): number {
  const limit = Number(text ?? "0");
  if (!Number.isInteger(limit) || limit < 0) {
    throw badRequest(`limit: Invalid value: "${text}"`);
  }
  return limit;
}

/** The state to list, and after which key. */
function startOf(
  store: VersionedStore,
  kind: string,
  query: URLSearchParams,
): { version: number; entries: readonly Entry[]; after: string } {
  const token = query.get("continue") ?? "";
  const wanted = parseVersion(query.get("resourceVersion"));
  const match = query.get("resourceVersionMatch") ?? "";
  if (token !== "") {
    if (wanted !== undefined && wanted !== 0) {
      throw badRequest(
        "specifying resource version is not allowed when using continue",
      );
    }
    const { version, after } = decodeToken(token);
    const entries = store.entriesAt(kind, version);
    if (entries !== undefined) return { version, entries, after };
    throw expired(
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
      { continue: encodeToken({ version: store.version, after }) },
    );
  }
  if (match !== "" && wanted === undefined) {
    throw invalidOption(
      "resourceVersionMatch",
      "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
    );
  }
  const current = store.version;
  if (wanted !== undefined && wanted > current) {
    throw versionTooLarge(wanted, current);
  }
  if (match !== "Exact" || wanted === undefined) {
    return { version: current, entries: [...store.entries(kind)], after: "" };
  }
  const entries = store.entriesAt(kind, wanted);
  if (entries === undefined) {
    throw expired("The resourceVersion for the provided list is too old.");
  }
  return { version: wanted, entries, after: "" };
}

/** The page that a request asks for. */
export function listPage(
  store: VersionedStore,
  info: KindInfo,
  request: { readonly namespace?: string; readonly query: URLSearchParams },
): Page {
  const { query, namespace } = request;
  const selected = parseSelectors(query, info);
  const start = startOf(store, storageKey(info), query);
  // From its cache ("any version will do") a real server gives the whole.
  const limit = query.get("resourceVersion") === "0" &&
      query.get("resourceVersionMatch") !== "Exact"
    ? 0
    : parseLimit(query.get("limit"));
  const prefix = namespace === undefined ? "" : `${namespace}/`;
  const matching = start.entries.filter((entry) =>
    entry.key > start.after && entry.key.startsWith(prefix) &&
    selected(entry.object)
  );
  if (limit === 0 || matching.length <= limit) {
    return { version: start.version, entries: matching };
  }
  const entries = matching.slice(0, limit);
  return {
    version: start.version,
    entries,
    next: encodeToken({
      version: start.version,
      after: entries.at(-1)?.key ?? "",
    }),
    ...(hasSelector(query) ? {} : { remaining: matching.length - limit }),
  };
}

/** The name under which the store keeps a kind. */
export function storageKey(info: KindInfo): string {
  return `${apiVersionOf(info)}/${info.plural}`;
}
