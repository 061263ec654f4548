import type {
  ReflectorPhase,
  ReflectorState,
  WatchRequest,
} from "./reflector_types.ts";
import type { ResourceSpec } from "./types.ts";

/** Objects of one page of a list; what other clients ask for too. */
export const PAGE_LIMIT = 500;
/** Least server-side limit of a watch, in seconds; at most twice this. */
export const WATCH_TIMEOUT_SECONDS = 300;
/**
 * Longest silence of a watch, in ms: bookmarks come about once a minute, so
 * this is two that were missed.
 */
export const WATCH_SILENCE_MS = 150_000;
/** Longest silence while a list is being sent, in ms. */
export const LIST_SILENCE_MS = 60_000;
/** After so many expired tokens the list is asked for in one piece. */
export const PAGED_RESTARTS = 2;

/** The request that a state calls for. */
export function requestOf(
  state: ReflectorState,
  spec: ResourceSpec<unknown>,
): WatchRequest {
  const query = new URLSearchParams();
  if (spec.labelSelector) query.set("labelSelector", spec.labelSelector);
  if (spec.fieldSelector) query.set("fieldSelector", spec.fieldSelector);
  if (state.phase === "page") return pageRequest(state, spec.path, query);
  const streaming = state.phase === "stream";
  query.set("watch", "true");
  query.set("allowWatchBookmarks", "true");
  query.set("timeoutSeconds", `${state.timeoutSeconds}`);
  query.set("resourceVersion", startVersion(state));
  if (streaming) {
    query.set("sendInitialEvents", "true");
    query.set("resourceVersionMatch", "NotOlderThan");
  }
  return {
    path: `${spec.path}?${query}`,
    shape: "lines",
    silenceMs: silenceOf(state.phase),
  };
}

/** Longest silence in a phase, in ms; a streaming list becomes a watch. */
export function silenceOf(phase: ReflectorPhase): number {
  return phase === "watch" ? WATCH_SILENCE_MS : LIST_SILENCE_MS;
}

/** Server-side limit of a new watch; spread, so that they end apart. */
export function watchTimeoutSeconds(random: number): number {
  return WATCH_TIMEOUT_SECONDS + Math.floor(WATCH_TIMEOUT_SECONDS * random);
}

function pageRequest(
  state: ReflectorState,
  path: string,
  query: URLSearchParams,
): WatchRequest {
  if (state.restarts < PAGED_RESTARTS) query.set("limit", `${PAGE_LIMIT}`);
  if (state.continueToken !== "") query.set("continue", state.continueToken);
  else query.set("resourceVersion", startVersion(state) || anyVersion(state));
  return {
    path: `${path}?${query}`,
    shape: "items",
    silenceMs: silenceOf("page"),
  };
}

function startVersion(state: ReflectorState): string {
  return state.versionRefused ? "" : state.version;
}

/** "0" is answered from the server's memory, empty from etcd. */
function anyVersion(state: ReflectorState): string {
  return state.versionRefused ? "" : "0";
}
