import type { Line } from "./lines.ts";
import type { ReflectorState } from "./reflector_types.ts";
import { endList } from "./step_list.ts";
import type { ResourceSpec, WatchEvent } from "./types.ts";
import {
  parseItem,
  parseWatchLine,
  type WireObject,
  type WireStatus,
} from "./wire.ts";

/** What one line gave. */
export interface ReadLine<Resource> {
  /** Next state. */
  readonly state: ReflectorState;
  /** Events, in order. */
  readonly events: readonly WatchEvent<Resource>[];
  /** The server ends the watch by this; absent: it goes on. */
  readonly status?: WireStatus;
  /** The list has to be asked for once more. */
  readonly listAgain?: boolean;
}

/** Reads a line of a watch or an item of a list. */
export function readLine<Resource>(
  state: ReflectorState,
  line: Line,
  spec: ResourceSpec<Resource>,
): ReadLine<Resource> {
  if (line.kind === "too-long") {
    const megabytes = (line.bytes / 1024 / 1024).toFixed(1);
    return readGarbage(
      state,
      `Cannot take a ${spec.kind} object of ${megabytes} MiB: it is above ` +
        `the limit of one object and was left out${nameIn(line.head)}`,
    );
  }
  if (state.phase === "page") return readItem(state, line.text, spec);
  const event = parseWatchLine(line.text);
  switch (event.kind) {
    case "garbage":
      return readGarbage(
        { ...state, garbageRun: state.garbageRun + 1 },
        event.reason,
      );
    case "error":
      return { state, events: [], status: event.status };
    case "bookmark":
      return readBookmark(state, event);
    case "object":
      return event.gone
        ? readGone(state, event)
        : readObject(state, event, spec);
  }
  event satisfies never;
  throw new TypeError("Cannot read the line: unknown kind");
}

function readItem<Resource>(
  state: ReflectorState,
  text: string,
  spec: ResourceSpec<Resource>,
): ReadLine<Resource> {
  const object = parseItem(text);
  if (object !== undefined) return readObject(state, object, spec);
  return readGarbage(
    state,
    `Cannot read an item of the list of ${spec.kind} objects: it is no ` +
      "object with a name",
  );
}

function readObject<Resource>(
  state: ReflectorState,
  object: WireObject,
  spec: ResourceSpec<Resource>,
): ReadLine<Resource> {
  const { key, resourceVersion } = object;
  const listing = state.phase !== "watch";
  if (listing) state.seen.add(key);
  const next = listing ? state : advance(state, resourceVersion);
  const double = resourceVersion !== "" &&
    state.known.get(key) === resourceVersion;
  if (double) return { state: next, events: [] };
  state.known.set(key, resourceVersion);
  try {
    const decoded = spec.decode(object.raw);
    return { state: next, events: [{ kind: "upsert", key, object: decoded }] };
  } catch (error) {
    const reason = `Cannot decode ${spec.kind} ${key}: ${String(error)}`;
    return { state: next, events: [{ kind: "garbage", reason }] };
  }
}

function readGone<Resource>(
  state: ReflectorState,
  { key, resourceVersion }: WireObject,
): ReadLine<Resource> {
  const next = state.phase === "watch"
    ? advance(state, resourceVersion)
    : state;
  state.seen.delete(key);
  return state.known.delete(key)
    ? { state: next, events: [{ kind: "delete", key }] }
    : { state: next, events: [] };
}

function readBookmark<Resource>(
  state: ReflectorState,
  bookmark: {
    readonly resourceVersion: string;
    readonly initialEventsEnd: boolean;
  },
): ReadLine<Resource> {
  if (state.phase === "watch") {
    return { state: advance(state, bookmark.resourceVersion), events: [] };
  }
  if (!bookmark.initialEventsEnd) return { state, events: [] };
  const end = endList<Resource>(state, bookmark.resourceVersion);
  return { ...end, listAgain: end.state.phase !== "watch" };
}

/** Unreadable: told; a change may be lost, so a list follows some time. */
function readGarbage<Resource>(
  state: ReflectorState,
  reason: string,
): ReadLine<Resource> {
  return {
    state: state.phase === "watch"
      ? { ...state, doubtful: true }
      : { ...state, unreadable: state.unreadable + 1 },
    events: [{ kind: "garbage", reason }],
  };
}

function advance(state: ReflectorState, version: string): ReflectorState {
  return version === "" ? state : { ...state, version };
}

/** Names an object of which only the beginning is known. */
function nameIn(head: string | undefined): string {
  const metadata = /"metadata":\{[^{}]*/.exec(head ?? "")?.[0] ?? "";
  const name = /"name":"([-.a-z0-9]{1,253})"/.exec(metadata)?.[1];
  const namespace = /"namespace":"([-a-z0-9]{1,63})"/.exec(metadata)?.[1];
  if (name === undefined) return "";
  return ` (${namespace === undefined ? "" : `${namespace}/`}${name})`;
}
