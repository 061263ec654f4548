/**
 * Watches: a stream of events from a version on, with bookmarks, seen through
 * selectors.
 *
 * @module
 */
import { expired, versionTooLarge } from "./errors.ts";
import { at, type JsonObject, objectOf } from "./json.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { invalidOption, parseVersion, storageKey } from "./list.ts";
import { parseSelectors, type Selector } from "./selectors.ts";
import { type Change, stamped, type VersionedStore } from "./store.ts";
import { typedText } from "./text.ts";

/** One event of a watch. */
export interface WatchEvent {
  /** What happened, as seen through the selectors. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** The object. */
  readonly object: JsonObject;
}

/** Where a watch writes to. */
export interface WatchSink {
  /** Sends text, whole lines or not. */
  write(text: string): void;
  /** Ends the answer properly. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** What is watched, and how. */
export interface WatchRequest {
  /** The kind. */
  readonly info: KindInfo;
  /** One namespace; absent: all. */
  readonly namespace?: string;
  /** The request's query. */
  readonly query: URLSearchParams;
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs: number;
  /** Seconds until the server ends it, when the request does not say. */
  readonly seconds: number;
  /** Whether streaming lists are offered. */
  readonly streamingLists: boolean;
  /** Turns an object into what is sent; absent: itself, as text. */
  readonly render?: (object: JsonObject) => string;
}

/** A fault of a running watch. */
export type WatchFault =
  | { readonly fault: "watch-drop" }
  | { readonly fault: "watch-truncate" }
  | { readonly fault: "watch-garbage"; readonly line?: string }
  | { readonly fault: "watch-silence" }
  | { readonly fault: "watch-gone" };

/** A change as seen through a selector; undefined when it is not seen. */
export function seenThrough(
  change: Change,
  selected: Selector,
): WatchEvent | undefined {
  const { entry, previous, version } = change;
  const isNow = change.type !== "DELETED" && selected(entry.object);
  const wasBefore = previous !== undefined && selected(previous.object);
  if (isNow) {
    return { type: wasBefore ? "MODIFIED" : "ADDED", object: entry.object };
  }
  if (!wasBefore) return undefined;
  const object = change.type === "DELETED"
    ? entry.object
    : stamped(previous.object, version);
  return { type: "DELETED", object };
}

/** A bookmark's object: an empty one of its kind with a version. */
export function bookmark(
  info: KindInfo,
  version: number,
  isInitialEnd: boolean,
): JsonObject {
  return {
    kind: info.kind,
    apiVersion: apiVersionOf(info),
    metadata: {
      resourceVersion: String(version),
      ...(isInitialEnd
        ? { annotations: { "k8s.io/initial-events-end": "true" } }
        : {}),
    },
    ...info.empty,
  };
}

function checkOptions(request: WatchRequest): boolean {
  const { query } = request;
  const text = query.get("sendInitialEvents");
  const match = query.get("resourceVersionMatch") ?? "";
  if (text === null) {
    if (match === "") return false;
    throw invalidOption(
      "resourceVersionMatch",
      "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
    );
  }
  if (!request.streamingLists) {
    throw invalidOption(
      "sendInitialEvents",
      "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
    );
  }
  if (match !== "NotOlderThan") {
    throw invalidOption(
      "resourceVersionMatch",
      "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
  }
  return text === "true";
}

/** One running watch. */
export class WatchSession {
  readonly #store: VersionedStore;
  readonly #request: WatchRequest;
  readonly #sink: WatchSink;
  readonly #selected: Selector;
  readonly #isInitial: boolean;
  readonly #wanted: number | undefined;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #unfollow = () => {};
  #isOpen = true;
  #isSilent = false;

  /** Checks the request; throws what the server refuses it with. */
  constructor(store: VersionedStore, request: WatchRequest, sink: WatchSink) {
    this.#store = store;
    this.#request = request;
    this.#sink = sink;
    const { query, info, namespace } = request;
    const selected = parseSelectors(query, info);
    this.#selected = namespace === undefined
      ? selected
      : (object) =>
        at(object, "metadata", "namespace") === namespace && selected(object);
    this.#isInitial = checkOptions(request);
    this.#wanted = parseVersion(query.get("resourceVersion"));
    if (this.#isInitial && (this.#wanted ?? 0) > store.version) {
      throw versionTooLarge(this.#wanted ?? 0, store.version);
    }
  }

  /** Whether it still runs. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends what there is and then follows. */
  start(): void {
    const { info, query, seconds } = this.#request;
    const kind = storageKey(info);
    const isOnlyNew = query.get("sendInitialEvents") === "false";
    const wanted = this.#wanted || (isOnlyNew ? this.#store.version : 0);
    if (this.#isInitial || wanted === 0) this.#sendState(kind);
    else if (!this.#sendChanges(kind, wanted)) return;
    if (this.#isInitial) this.#sendBookmark({ isInitialEnd: true });
    this.#unfollow = this.#store.follow(kind, (change) => {
      // A client that is ahead of us hears nothing that it has seen.
      if (change.version > wanted) this.#sendChange(change);
    });
    const asked = Number(query.get("timeoutSeconds") ?? "0");
    const limitMs = (asked > 0 ? asked : seconds) * 1000;
    this.#timers.push(setTimeout(() => this.#timeOut(), limitMs));
    if (query.get("allowWatchBookmarks") === "true") {
      this.#timers.push(
        setInterval(
          () => this.#sendBookmark({ isInitialEnd: false }),
          this.#request.bookmarkMs,
        ),
      );
    }
  }

  #sendState(kind: string): void {
    for (const { object } of this.#store.entries(kind)) {
      if (this.#selected(object)) this.#send("ADDED", object);
    }
  }

  /** Sends what came after a version; false when the watch ended with 410. */
  #sendChanges(kind: string, version: number): boolean {
    const changes = this.#store.changesAfter(kind, version);
    if (changes === undefined) {
      this.#sendGone(version);
      return false;
    }
    for (const change of changes) this.#sendChange(change);
    return true;
  }

  #sendChange(change: Change): void {
    const event = seenThrough(change, this.#selected);
    if (event !== undefined) this.#send(event.type, event.object);
  }

  #send(type: string, object: JsonObject): void {
    const { info, render } = this.#request;
    const text = render === undefined
      ? typedText(info, object)
      : render(object);
    this.#write(`{"type":"${type}","object":${text}}\n`);
  }

  #sendGone(version: number): void {
    const oldest = this.#store.oldest(storageKey(this.#request.info));
    const { status } = expired(
      `too old resource version: ${version} (${oldest + 1})`,
    );
    this.#write(`{"type":"ERROR","object":${JSON.stringify(status)}}\n`);
    this.#finish();
  }

  #sendBookmark(options: { readonly isInitialEnd: boolean }): void {
    const { info, query } = this.#request;
    if (query.get("allowWatchBookmarks") !== "true") return;
    if (this.#store.version < (this.#wanted ?? 0)) return;
    const object = bookmark(info, this.#store.version, options.isInitialEnd);
    const text = JSON.stringify(objectOf(object));
    this.#write(`{"type":"BOOKMARK","object":${text}}\n`);
  }

  #write(text: string): void {
    if (this.#isOpen && !this.#isSilent) this.#sink.write(text);
  }

  #timeOut(): void {
    if (this.#isSilent) return;
    this.#sendBookmark({ isInitialEnd: false });
    this.#finish();
  }

  #finish(): void {
    if (!this.#isOpen) return;
    this.stop();
    this.#sink.end();
  }

  /** Does what a fault says to this watch. */
  apply(fault: WatchFault): void {
    if (!this.#isOpen) return;
    switch (fault.fault) {
      case "watch-drop":
        this.stop();
        return this.#sink.destroy();
      case "watch-truncate":
        this.#write('{"type":"MODIFIED","object":{"kind":');
        this.stop();
        return this.#sink.destroy();
      case "watch-garbage":
        return this.#write(`${fault.line ?? '{"type":"ADD\u0000garbage'}\n`);
      case "watch-silence":
        this.#isSilent = true;
        return;
      case "watch-gone":
        return this.#sendGone(this.#wanted ?? 0);
    }
  }

  /** Stops following; the connection is the caller's to close. */
  stop(): void {
    this.#isOpen = false;
    this.#unfollow();
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
