/**
 * The API server's objects with its rules for writing them; what tests use
 * in-process and what the HTTP routes use.
 *
 * @module
 */
import { Allocator } from "./allocator.ts";
import { alreadyExists, conflict, notFound } from "./errors.ts";
import { at, type JsonObject, sameJson, textOf } from "./json.ts";
import { type KindInfo, kindNamed, KINDS } from "./kinds.ts";
import {
  hasFinalizers,
  prepareCreate,
  prepareDeletion,
  prepareStatus,
  prepareUpdate,
  type WriteContext,
} from "./lifecycle.ts";
import { storageKey } from "./list.ts";
import { withManagedFields, withManagedFieldsOf } from "./managed_fields.ts";
import {
  keyOf,
  plain,
  subject,
  suffix,
  typed,
  withNamespace,
} from "./objects.ts";
import { type Entry, VersionedStore } from "./store.ts";
import { validate } from "./validation.ts";

/** How an {@linkcode ApiStore} behaves. */
export interface ApiStoreOptions {
  /** Service ranges, one for each family; default `10.96.0.0/12`. */
  readonly serviceCidrs?: readonly string[];
  /** Version before the first change. */
  readonly firstVersion?: number;
  /** Changes kept per kind. */
  readonly logLimit?: number;
  /** Milliseconds since 1970, for timestamps. */
  readonly now?: () => number;
}

/** How one write behaves. */
export interface WriteOptions {
  /** Take `status` from the object too; default true in-process. */
  readonly keepStatus?: boolean;
  /** Compute the result and store nothing. */
  readonly dryRun?: boolean;
  /** Name of the writer in managed fields; default "stand-in". */
  readonly manager?: string;
}

const MANAGER = "stand-in";

/** A kind, or its name as `kindNamed` takes it. */
export type KindLike = KindInfo | string;

function infoOf(kind: KindLike): KindInfo {
  return typeof kind === "string" ? kindNamed(kind) : kind;
}

/** Objects and the API server's rules for them. */
export class ApiStore {
  /** The versioned objects below. */
  readonly versions: VersionedStore;
  readonly #allocator: Allocator;
  readonly #now: () => number;
  #made = 0;

  /** Makes an empty store. */
  constructor(options: ApiStoreOptions = {}) {
    const { serviceCidrs = ["10.96.0.0/12"], now = Date.now, ...rest } =
      options;
    this.versions = new VersionedStore(rest);
    this.#allocator = new Allocator(serviceCidrs);
    this.#now = now;
    this.versions.follow(storageKey(kindNamed("Service")), (change) => {
      const after = change.type === "DELETED" ? undefined : change.entry.object;
      this.#allocator.follow(change.previous?.object, after);
    });
  }

  #context(): WriteContext {
    return {
      now: new Date(this.#now()).toISOString().replace(/\.\d+Z$/, "Z"),
      allocator: this.#allocator,
      uid: () => {
        const number = (++this.#made).toString(16).padStart(12, "0");
        return `5f000000-0000-4000-8000-${number}`;
      },
      suffix: () => suffix(++this.#made),
    };
  }

  /** Newest state of an object, with kind and apiVersion. */
  get(kind: KindLike, key: string): JsonObject | undefined {
    const info = infoOf(kind);
    const entry = this.versions.get(storageKey(info), key);
    return entry === undefined ? undefined : typed(info, entry.object);
  }

  /** Newest state of an object; throws 404 when it is not there. */
  entry(kind: KindLike, key: string): Entry {
    const info = infoOf(kind);
    const entry = this.versions.get(storageKey(info), key);
    if (entry === undefined) throw notFound(subject(info, key));
    return entry;
  }

  /** All objects of a kind, in the order of their keys. */
  list(kind: KindLike): readonly JsonObject[] {
    const info = infoOf(kind);
    return [...this.versions.entries(storageKey(info))]
      .map((entry) => typed(info, entry.object));
  }

  /** Creates an object; throws 409 when it exists, 422 when it is invalid. */
  create(
    kind: KindLike,
    object: object,
    options: WriteOptions = {},
  ): JsonObject {
    const info = infoOf(kind);
    const context = this.#context();
    const given = withNamespace(info, plain(object));
    const { keepStatus = true } = options;
    const next = prepareCreate(info, given, context, { keepStatus });
    const key = keyOf(info, next);
    if (this.versions.get(storageKey(info), key) !== undefined) {
      throw alreadyExists(subject(info, key));
    }
    validate(info, next, { allocator: this.#allocator });
    const { manager = MANAGER } = options;
    const { now } = context;
    let made = withManagedFields(info, next, undefined, { manager, now });
    if (keepStatus && given["status"] !== undefined) {
      const subresource = "status";
      made = withManagedFields(info, made, made, { manager, now, subresource });
    }
    if (options.dryRun === true) return typed(info, made);
    const { entry } = this.versions.put(storageKey(info), key, made);
    this.#dropOldest(info);
    return typed(info, entry.object);
  }

  /** Replaces an object; throws 409 when it is based on an older version. */
  update(
    kind: KindLike,
    object: object,
    options: WriteOptions = {},
  ): JsonObject {
    const info = infoOf(kind);
    const next = withNamespace(info, plain(object));
    const key = keyOf(info, next);
    const previous = this.entry(info, key).object;
    this.#checkVersion(info, key, next, previous);
    const { keepStatus = true } = options;
    const result = prepareUpdate(info, next, previous, this.#context(), {
      keepStatus,
    });
    validate(info, result, { previous, allocator: this.#allocator });
    return this.#replace(info, key, { previous, result, options });
  }

  /** Replaces the status of an object and nothing else. */
  updateStatus(
    kind: KindLike,
    object: object,
    options: WriteOptions = {},
  ): JsonObject {
    const info = infoOf(kind);
    const next = withNamespace(info, plain(object));
    const key = keyOf(info, next);
    const previous = this.entry(info, key).object;
    this.#checkVersion(info, key, next, previous);
    const result = prepareStatus(next, previous);
    const subresource = "status";
    return this.#replace(info, key, { previous, result, options, subresource });
  }

  /** Creates an object, or replaces the one that is there. */
  apply(kind: KindLike, object: object): JsonObject {
    const info = infoOf(kind);
    const next = withNamespace(info, plain(object));
    const exists = this.get(info, keyOf(info, next)) !== undefined;
    return exists ? this.update(info, next) : this.create(info, next);
  }

  /** Changes an object by a function of its newest state. */
  change(
    kind: KindLike,
    key: string,
    edit: (object: JsonObject) => object,
  ): JsonObject {
    const info = infoOf(kind);
    return this.update(info, edit(typed(info, this.entry(info, key).object)));
  }

  /** Deletes an object; gives its last state, or what waits for finalizers. */
  delete(
    kind: KindLike,
    key: string,
    options: WriteOptions = {},
  ): JsonObject {
    const info = infoOf(kind);
    const { object } = this.entry(info, key);
    if (options.dryRun === true) return typed(info, object);
    if (hasFinalizers(object)) {
      const result = prepareDeletion(object, this.#context().now);
      return this.#replace(info, key, { previous: object, result, options });
    }
    const change = this.versions.remove(storageKey(info), key);
    return typed(info, change?.entry.object ?? object);
  }

  /**
   * Puts any object in the store under a key, however wrong it is, with no
   * defaults and no checks; only its `resourceVersion` is set, when it has
   * metadata.
   */
  putMalformed(kind: KindLike, key: string, object: JsonObject): void {
    this.versions.put(storageKey(infoOf(kind)), key, object);
  }

  /** Forgets changes up to a version, so that watches from there get 410. */
  compact(version?: number): void {
    // A kind that nobody asked for yet must forget as well.
    for (const info of KINDS) this.versions.count(storageKey(info));
    this.versions.compact(version);
  }

  #checkVersion(
    info: KindInfo,
    key: string,
    next: JsonObject,
    previous: JsonObject,
  ): void {
    const wanted = textOf(at(next, "metadata", "resourceVersion"));
    if (
      wanted !== "" && wanted !== at(previous, "metadata", "resourceVersion")
    ) {
      throw conflict(subject(info, key));
    }
    const uid = textOf(at(next, "metadata", "uid"));
    const held = textOf(at(previous, "metadata", "uid"));
    if (uid !== "" && uid !== held) {
      throw conflict(
        subject(info, key),
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${held}`,
      );
    }
  }

  #replace(
    info: KindInfo,
    key: string,
    write: {
      readonly previous: JsonObject;
      readonly result: JsonObject;
      readonly options: WriteOptions;
      readonly subresource?: string;
    },
  ): JsonObject {
    const { previous, options } = write;
    const result = withManagedFieldsOf(write.result, previous);
    // As with etcd, a write that changes nothing is no change.
    if (sameJson(previous, result)) return typed(info, previous);
    const next = withManagedFields(info, result, previous, {
      manager: options.manager ?? MANAGER,
      now: this.#context().now,
      ...(write.subresource === undefined
        ? {}
        : { subresource: write.subresource }),
    });
    if (options.dryRun === true) return typed(info, next);
    const isLeaving = at(next, "metadata", "deletionTimestamp") !== undefined;
    if (isLeaving && !hasFinalizers(next)) {
      this.versions.remove(storageKey(info), key);
      return typed(info, next);
    }
    const { entry } = this.versions.put(storageKey(info), key, next);
    return typed(info, entry.object);
  }

  #dropOldest(info: KindInfo): void {
    if (info.limit === undefined) return;
    const kind = storageKey(info);
    while (this.versions.count(kind) > info.limit) {
      let oldest: Entry | undefined;
      for (const entry of this.versions.entries(kind)) {
        if (oldest === undefined || entry.version < oldest.version) {
          oldest = entry;
        }
      }
      if (oldest !== undefined) this.versions.remove(kind, oldest.key);
    }
  }
}
