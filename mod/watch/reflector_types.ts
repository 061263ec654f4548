import type { Line } from "./lines.ts";
import type { ResourceSpec, WatchEvent } from "./types.ts";

/**
 * - `stream`: a watch that begins with the whole list
 * - `page`: one page of a list
 * - `watch`: changes only
 */
export type ReflectorPhase = "stream" | "page" | "watch";

/**
 * Where list and watch stand. A state is used once: the map and the set in it
 * are handed on to the next state, not copied, since they have an entry for
 * each object of the cluster.
 */
export interface ReflectorState {
  /** What is open, or opened next. */
  readonly phase: ReflectorPhase;
  /** Key of every object delivered, with its resourceVersion. */
  readonly known: Map<string, string>;
  /** Keys that the running list has shown. */
  readonly seen: Set<string>;
  /** Last resourceVersion of the collection; empty: none yet. */
  readonly version: string;
  /** The server refused `version`: lists ask for the newest state. */
  readonly versionRefused: boolean;
  /** Token of the next page; empty: the list's first page. */
  readonly continueToken: string;
  /** How often the running list was begun again because a token expired. */
  readonly restarts: number;
  /** The server refused streaming lists. */
  readonly streamingRefused: boolean;
  /** Streaming lists in a row that were cut before their end. */
  readonly cuts: number;
  /** Lines or items of the running list that could not be read. */
  readonly unreadable: number;
  /** Lines in a row that were no line of a watch at all. */
  readonly garbageRun: number;
  /** Something unreadable may have hidden a change: list again some time. */
  readonly doubtful: boolean;
  /** Lists in a row that were doubtful. */
  readonly doubtfulLists: number;
  /** Watches that may still end before doubt lists again. */
  readonly doubtPatience: number;
  /** Failures in a row, for the back-off. */
  readonly attempts: number;
  /** When the running request was answered, in ms; absent: it was not. */
  readonly openedMs?: number;
  /** Server-side limit of the running watch, in seconds. */
  readonly timeoutSeconds: number;
  /** A whole list has been delivered once. */
  readonly synced: boolean;
  /** Reason of the last `desynced`; empty: in step with the server. */
  readonly trouble: string;
}

/** Why a request failed. */
export interface WatchFailure {
  /** HTTP status; 0: there was no answer, or it broke off. */
  readonly status: number;
  /** Body of the answer, as far as it was read. */
  readonly body: string;
  /** From Retry-After; absent: none. */
  readonly retryAfterSeconds?: number;
  /** For humans: what happened and what to do. */
  readonly message: string;
}

/** What happened to the running request. */
export type ReflectorInput =
  /** Nothing runs yet. */
  | { readonly kind: "start" }
  /** The server answered 200; the body follows. */
  | { readonly kind: "opened" }
  /** A line of a watch, or an item of a list. */
  | { readonly kind: "line"; readonly line: Line }
  /** The body ended; `frame` is what a list has beside its items. */
  | { readonly kind: "closed"; readonly frame?: string | undefined }
  /** No byte within the bound; the request was given up. */
  | { readonly kind: "silent" }
  /** Refused, unreachable or broken. */
  | { readonly kind: "failed"; readonly failure: WatchFailure };

/** One request of list or watch. */
export interface WatchRequest {
  /** Path and query. */
  readonly path: string;
  /** How the body is cut: lines of a watch, or items of a list. */
  readonly shape: "lines" | "items";
  /** Longest time without a byte, in ms. */
  readonly silenceMs: number;
}

/** What the runner does next. */
export type ReflectorNext =
  | { readonly kind: "read" }
  /** Drop what is open, wait, then send `request`. */
  | {
    readonly kind: "open";
    readonly afterMs: number;
    readonly request: WatchRequest;
  };

/** What a step gives. */
export interface ReflectorStep<Resource> {
  /** State of the next step. */
  readonly state: ReflectorState;
  /** For the consumer, in this order. */
  readonly events: readonly WatchEvent<Resource>[];
  /** What to do. */
  readonly next: ReflectorNext;
}

/** What a step may know beside state and input. */
export interface StepContext<Resource> {
  /** What is followed. */
  readonly spec: ResourceSpec<Resource>;
  /** Monotonic time, in ms. */
  readonly nowMs: number;
  /** A number in [0, 1). */
  random(): number;
}
