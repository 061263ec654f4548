/**
 * Versioned objects and the log of their changes, in memory.
 *
 * In: puts and removals. Out: the newest state, any state that the log still
 * reaches back to, and the changes since a version. One counter numbers the
 * changes of all kinds, as etcd's does. Objects are never changed in place.
 *
 * @module
 */
import { type JsonObject, objectOf } from "./json.ts";

/** An object and what the store knows about it. */
export interface Entry {
  /** "namespace/name", or "name" for objects without a namespace. */
  readonly key: string;
  /** Version of the change that made it so. */
  readonly version: number;
  /** The object, without kind and apiVersion. */
  readonly object: JsonObject;
}

/** One change. */
export interface Change {
  /** What happened. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Its number. */
  readonly version: number;
  /** The object after it; for a deletion, the last state with its version. */
  readonly entry: Entry;
  /** The object before it. */
  readonly previous?: Entry;
}

interface Collection {
  readonly entries: Map<string, Entry>;
  /** Keys in order, kept so by every change. */
  readonly keys: string[];
  log: Change[];
  /** Changes up to this version are forgotten. */
  compacted: number;
  readonly followers: Set<(change: Change) => void>;
}

/** How the store behaves. */
export interface VersionedStoreOptions {
  /** Version before the first change; 0 when absent. */
  readonly firstVersion?: number;
  /** Changes kept per kind, up to twice as many; default 20,000. */
  readonly logLimit?: number;
}

const DEFAULT_LOG_LIMIT = 20_000;

/** The first index at which `wanted` could stand in sorted keys. */
function position(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index of the log whose version is above `version`. */
function firstAfter(log: readonly Change[], version: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((log[middle]?.version ?? 0) <= version) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The object with metadata.resourceVersion set; broken metadata is left. */
export function stamped(object: JsonObject, version: number): JsonObject {
  if (!("metadata" in object)) return object;
  const metadata = objectOf(object["metadata"]);
  if (metadata !== object["metadata"]) return object;
  return {
    ...object,
    metadata: { ...metadata, resourceVersion: String(version) },
  };
}

/** Versioned objects of several kinds. */
export class VersionedStore {
  readonly #collections = new Map<string, Collection>();
  readonly #logLimit: number;
  #version: number;

  /** Makes an empty store. */
  constructor(options: VersionedStoreOptions = {}) {
    const { firstVersion = 0, logLimit = DEFAULT_LOG_LIMIT } = options;
    this.#version = firstVersion;
    this.#logLimit = logLimit;
  }

  /** Number of the newest change. */
  get version(): number {
    return this.#version;
  }

  #collection(kind: string): Collection {
    let collection = this.#collections.get(kind);
    if (collection === undefined) {
      collection = {
        entries: new Map(),
        keys: [],
        log: [],
        compacted: 0,
        followers: new Set(),
      };
      this.#collections.set(kind, collection);
    }
    return collection;
  }

  /** The newest state of one object. */
  get(kind: string, key: string): Entry | undefined {
    return this.#collection(kind).entries.get(key);
  }

  /** How many objects of a kind there are. */
  count(kind: string): number {
    return this.#collection(kind).keys.length;
  }

  /** All objects of a kind, in the order of their keys. */
  *entries(kind: string): Generator<Entry> {
    const { keys, entries } = this.#collection(kind);
    for (const key of keys) {
      const entry = entries.get(key);
      if (entry !== undefined) yield entry;
    }
  }

  /** Makes or replaces an object; metadata.resourceVersion is set here. */
  put(kind: string, key: string, object: JsonObject): Change {
    const collection = this.#collection(kind);
    const previous = collection.entries.get(key);
    const version = ++this.#version;
    const entry = { key, version, object: stamped(object, version) };
    collection.entries.set(key, entry);
    if (previous === undefined) {
      collection.keys.splice(position(collection.keys, key), 0, key);
      return this.#record(collection, { type: "ADDED", version, entry });
    }
    return this.#record(collection, {
      type: "MODIFIED",
      version,
      entry,
      previous,
    });
  }

  /** Takes an object away; undefined when it is not there. */
  remove(kind: string, key: string): Change | undefined {
    const collection = this.#collection(kind);
    const previous = collection.entries.get(key);
    if (previous === undefined) return undefined;
    const version = ++this.#version;
    collection.entries.delete(key);
    collection.keys.splice(position(collection.keys, key), 1);
    const entry = { key, version, object: stamped(previous.object, version) };
    return this.#record(collection, {
      type: "DELETED",
      version,
      entry,
      previous,
    });
  }

  #record(collection: Collection, change: Change): Change {
    collection.log.push(change);
    if (collection.log.length > 2 * this.#logLimit) {
      const dropped = collection.log.length - this.#logLimit;
      collection.compacted = collection.log[dropped - 1]?.version ?? 0;
      collection.log = collection.log.slice(dropped);
    }
    for (const follower of collection.followers) follower(change);
    return change;
  }

  /**
   * The objects of a kind as they were at a version, in the order of their
   * keys; undefined when the log no longer reaches back to it.
   */
  entriesAt(kind: string, version: number): readonly Entry[] | undefined {
    const collection = this.#collection(kind);
    if (version < collection.compacted) return undefined;
    const first = firstAfter(collection.log, version);
    if (first === collection.log.length) return [...this.entries(kind)];
    const entries = new Map(collection.entries);
    for (let index = collection.log.length - 1; index >= first; index--) {
      const change = collection.log[index];
      if (change === undefined) continue;
      if (change.previous === undefined) entries.delete(change.entry.key);
      else entries.set(change.entry.key, change.previous);
    }
    return [...entries.values()].sort((left, right) =>
      left.key < right.key ? -1 : 1
    );
  }

  /** Changes of a kind after a version; undefined when some are forgotten. */
  changesAfter(kind: string, version: number): readonly Change[] | undefined {
    const { log, compacted } = this.#collection(kind);
    if (version < compacted) return undefined;
    return log.slice(firstAfter(log, version));
  }

  /** The oldest version from which a kind can still be followed. */
  oldest(kind: string): number {
    return this.#collection(kind).compacted;
  }

  /** Forgets changes up to a version; all of them when it is absent. */
  compact(version: number = this.#version): void {
    for (const collection of this.#collections.values()) {
      const first = firstAfter(collection.log, version);
      collection.log = collection.log.slice(first);
      collection.compacted = Math.max(collection.compacted, version);
    }
  }

  /** Calls back on every change of a kind until the result is called. */
  follow(kind: string, follower: (change: Change) => void): () => void {
    const { followers } = this.#collection(kind);
    followers.add(follower);
    return () => {
      followers.delete(follower);
    };
  }
}
