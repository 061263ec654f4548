import type { ReflectorState } from "./reflector_types.ts";
import type { WatchEvent } from "./types.ts";
import { isOlder, parseListMetadata } from "./wire.ts";

/** Streaming lists in a row that may be cut before pages are tried. */
export const STREAM_CUTS = 3;
/** Doubtful lists in a row that follow each other at the end of a watch. */
export const DOUBTFUL_LISTS = 3;
/** After them, most watches that end before the next one. */
export const DOUBTFUL_WATCHES = 8;

/** A new list from the beginning. */
export function relist(state: ReflectorState): ReflectorState {
  const stream = !state.streamingRefused && state.cuts < STREAM_CUTS;
  return {
    ...state,
    phase: stream ? "stream" : "page",
    seen: new Set(),
    continueToken: "",
    unreadable: 0,
  };
}

/** The watch again from where it ended; a list if there is doubt. */
export function reopen(state: ReflectorState): ReflectorState {
  const { doubtful, doubtPatience } = state;
  if (doubtful && doubtPatience === 0) return relist(state);
  const patience = Math.max(0, doubtPatience - 1);
  return { ...state, phase: "watch", doubtPatience: patience };
}

/** What the end of a list or page gives. */
export interface ListEnd<Resource> {
  /** Next state: the next page, the watch, or the list once more. */
  readonly state: ReflectorState;
  /** Deletes that were missed, then `synced`. */
  readonly events: readonly WatchEvent<Resource>[];
}

/** The body of a page has ended; undefined: it is no list. */
export function endPage<Resource>(
  state: ReflectorState,
  frame: string | undefined,
): ListEnd<Resource> | undefined {
  const metadata = frame === undefined ? undefined : parseListMetadata(frame);
  if (metadata === undefined) return undefined;
  const { continueToken, resourceVersion } = metadata;
  if (continueToken !== "") {
    return { state: { ...state, continueToken }, events: [] };
  }
  return endList(state, resourceVersion);
}

/** The whole list has been shown at `version`. */
export function endList<Resource>(
  state: ReflectorState,
  version: string,
): ListEnd<Resource> {
  if (isOlder(version, state.version)) return distrust(state);
  const events: WatchEvent<Resource>[] = [];
  const clean = state.unreadable === 0;
  // What could not be read may be one of those not seen: nothing is deleted.
  if (clean) {
    for (const key of state.known.keys()) {
      if (state.seen.has(key)) continue;
      state.known.delete(key);
      events.push({ kind: "delete", key });
    }
  }
  events.push({ kind: "synced" });
  return {
    state: {
      ...state,
      phase: "watch",
      version,
      versionRefused: false,
      seen: new Set(),
      continueToken: "",
      restarts: 0,
      cuts: 0,
      unreadable: 0,
      doubtful: !clean,
      doubtfulLists: clean ? 0 : state.doubtfulLists + 1,
      doubtPatience: clean ? 0 : patienceAfter(state.doubtfulLists + 1),
      synced: true,
      trouble: "",
    },
    events,
  };
}

/** Garbage that stays must not make everyone list for ever. */
function patienceAfter(doubtfulLists: number): number {
  const late = doubtfulLists - DOUBTFUL_LISTS;
  return late < 0 ? 0 : Math.min(DOUBTFUL_WATCHES, 2 ** late);
}

/**
 * The server went back in time, as after a restore of etcd: equal versions
 * no longer mean equal objects. All are delivered again by one more list.
 */
function distrust<Resource>(state: ReflectorState): ListEnd<Resource> {
  for (const key of state.known.keys()) state.known.set(key, "");
  const again = { ...state, version: "", versionRefused: true };
  return { state: relist(again), events: [] };
}
