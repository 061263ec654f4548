/** What list and watch need of an object of the wire. */
export interface WireObject {
  /** "namespace/name", or "name". */
  readonly key: string;
  /** `metadata.resourceVersion`; empty when absent. */
  readonly resourceVersion: string;
  /** The parsed object itself, to be decoded and forgotten. */
  readonly raw: unknown;
}

/** What the server says when it refuses (`kind: Status`). */
export interface WireStatus {
  /** HTTP status code that it stands for; 0 when absent. */
  readonly code: number;
  /** "Expired", "Timeout", "Forbidden", ...; empty when absent. */
  readonly reason: string;
  /** Sentence for humans; empty when absent. */
  readonly message: string;
  /** Reasons of `details.causes`. */
  readonly causes: readonly string[];
  /** `details.retryAfterSeconds`; 0 when absent. */
  readonly retryAfterSeconds: number;
}

/** One line of a watch, read. */
export type WatchLine =
  | { readonly kind: "object"; readonly gone: boolean } & WireObject
  | {
    readonly kind: "bookmark";
    readonly resourceVersion: string;
    /** Ends the initial events of a streaming list. */
    readonly initialEventsEnd: boolean;
  }
  | { readonly kind: "error"; readonly status: WireStatus }
  | { readonly kind: "garbage"; readonly reason: string };

/** What surrounds the items of a list. */
export interface ListMetadata {
  /** Version that the list shows; empty when absent. */
  readonly resourceVersion: string;
  /** Token of the next page; empty: this is the last one. */
  readonly continueToken: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Longest piece of garbage that a message quotes. */
const QUOTE_CHARACTERS = 60;
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** Reads one line of a watch; never throws. */
export function parseWatchLine(text: string): WatchLine {
  const event = parseJson(text);
  if (event === undefined) return garbage(text, "not a JSON object");
  const object = event.object;
  if (!isJson(object)) return garbage(text, "it has no object");
  if (event.type === "ERROR") {
    return { kind: "error", status: parseStatus(object) };
  }
  if (event.type === "BOOKMARK") return parseBookmark(text, object);
  const gone = event.type === "DELETED";
  if (!gone && event.type !== "ADDED" && event.type !== "MODIFIED") {
    return garbage(text, "unknown type");
  }
  const wire = readObject(object);
  return wire === undefined
    ? garbage(text, "its object has no name")
    : { kind: "object", gone, ...wire };
}

/** Reads one item of a list; undefined: it is no object with a name. */
export function parseItem(text: string): WireObject | undefined {
  const object = parseJson(text);
  return object === undefined ? undefined : readObject(object);
}

/** Reads what is left of a list when its items are taken out. */
export function parseListMetadata(text: string): ListMetadata | undefined {
  const metadata = parseJson(text)?.metadata;
  if (!isJson(metadata)) return undefined;
  return {
    resourceVersion: textOf(metadata.resourceVersion),
    continueToken: textOf(metadata.continue),
  };
}

/** Reads the body of a refusal; whatever it is, a status comes out. */
export function parseStatusText(text: string): WireStatus {
  const object = parseJson(text);
  if (object !== undefined && object.kind === "Status") {
    return parseStatus(object);
  }
  const message = quote(text);
  return { ...parseStatus({}), message: text.trim() === "" ? "" : message };
}

/** Whether version `left` is older than `right`; opaque ones never are. */
export function isOlder(left: string, right: string): boolean {
  if (!/^[0-9]+$/.test(left) || !/^[0-9]+$/.test(right)) return false;
  return left.length === right.length
    ? left < right
    : left.length < right.length;
}

/** Shortens hostile text for a message; control characters are escaped. */
export function quote(text: string): string {
  const start = text.slice(0, QUOTE_CHARACTERS);
  return JSON.stringify(start) + (start.length < text.length ? "..." : "");
}

function parseStatus(object: Json): WireStatus {
  const details = isJson(object.details) ? object.details : {};
  const causes = Array.isArray(details.causes) ? details.causes : [];
  return {
    code: numberOf(object.code),
    reason: textOf(object.reason),
    message: textOf(object.message),
    causes: causes.filter(isJson).map((cause) => textOf(cause.reason)),
    retryAfterSeconds: numberOf(details.retryAfterSeconds),
  };
}

function parseBookmark(text: string, object: Json): WatchLine {
  const metadata = object.metadata;
  if (!isJson(metadata)) return garbage(text, "a bookmark without metadata");
  const annotations = isJson(metadata.annotations) ? metadata.annotations : {};
  return {
    kind: "bookmark",
    resourceVersion: textOf(metadata.resourceVersion),
    initialEventsEnd: annotations[INITIAL_EVENTS_END] === "true",
  };
}

function readObject(object: Json): WireObject | undefined {
  const metadata = object.metadata;
  if (!isJson(metadata)) return undefined;
  const name = textOf(metadata.name);
  if (name === "") return undefined;
  const namespace = textOf(metadata.namespace);
  return {
    key: namespace === "" ? name : `${namespace}/${name}`,
    resourceVersion: textOf(metadata.resourceVersion),
    raw: object,
  };
}

function garbage(text: string, why: string): WatchLine {
  return {
    kind: "garbage",
    reason: `Cannot read a line of the watch: ${why}: ${quote(text)}`,
  };
}

function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
