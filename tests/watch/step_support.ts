import type {
  ReflectorInput,
  ReflectorNext,
  ReflectorState,
} from "../../mod/watch/reflector_types.ts";
import { startReflector, stepReflector } from "../../mod/watch/step.ts";
import type { WatchEvent } from "../../mod/watch/types.ts";

/** What the tests decode an object to: its name and version. */
export interface Thing {
  readonly name: string;
  readonly version: string;
}

/** Spec of the things. */
export const THINGS = {
  kind: "Thing",
  path: "/things",
  decode: decodeThing,
} as const;

/** Keeps name and version; throws on a thing that is called "bomb". */
export function decodeThing(object: unknown): Thing {
  const { metadata } = object as {
    metadata: { name: string; resourceVersion?: string };
  };
  if (metadata.name === "bomb") throw new TypeError("it exploded");
  return { name: metadata.name, version: metadata.resourceVersion ?? "" };
}

/** Text of an object of the wire. */
export function thing(name: string, version: string | number): string {
  return JSON.stringify({
    kind: "Thing",
    metadata: { namespace: "n", name, resourceVersion: `${version}` },
  });
}

/** Line of a watch. */
export function event(
  type: string,
  name: string,
  version: string | number,
): ReflectorInput {
  return line(`{"type":"${type}","object":${thing(name, version)}}`);
}

/** Any line. */
export function line(text: string): ReflectorInput {
  return { kind: "line", line: { kind: "line", text } };
}

/** An item of a list. */
export function item(name: string, version: string | number): ReflectorInput {
  return line(thing(name, version));
}

/** A bookmark; `end` closes the initial events. */
export function bookmark(
  version: string | number,
  options: { readonly end?: boolean } = {},
): ReflectorInput {
  const annotations = options.end
    ? { "k8s.io/initial-events-end": "true" }
    : {};
  const metadata = { resourceVersion: `${version}`, annotations };
  return line(JSON.stringify({ type: "BOOKMARK", object: { metadata } }));
}

/** An error inside a watch. */
export function errorLine(code: number, reason: string): ReflectorInput {
  const object = { kind: "Status", code, reason, message: `said ${reason}` };
  return line(JSON.stringify({ type: "ERROR", object }));
}

/** A refusal with a Status. */
export function refused(
  status: number,
  options: {
    readonly reason?: string;
    readonly message?: string;
    readonly cause?: string;
    readonly retryAfterSeconds?: number;
  } = {},
): ReflectorInput {
  const { reason = "", message = "", cause, retryAfterSeconds } = options;
  const details = cause === undefined ? {} : { causes: [{ reason: cause }] };
  const body = JSON.stringify({ kind: "Status", reason, message, details });
  return {
    kind: "failed",
    failure: {
      status,
      body,
      message: "",
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  };
}

/** No answer at all. */
export function unreachable(message = "no route"): ReflectorInput {
  return { kind: "failed", failure: { status: 0, body: "", message } };
}

/** End of a page. */
export function pageEnd(
  version: string | number,
  continueToken = "",
): ReflectorInput {
  const metadata = { resourceVersion: `${version}`, continue: continueToken };
  return { kind: "closed", frame: JSON.stringify({ metadata, items: [] }) };
}

/** The server answered 200. */
export const opened: ReflectorInput = { kind: "opened" };
/** The body ended. */
export const closed: ReflectorInput = { kind: "closed" };
/** No byte came. */
export const silent: ReflectorInput = { kind: "silent" };

/** Drives the step function and writes down what it does. */
export class Stepper {
  /** State between steps. */
  state: ReflectorState = startReflector();
  /** Monotonic time, in ms. */
  nowMs = 0;
  /** What `random()` gives. */
  random = 0.5;
  /** Last action. */
  next: ReflectorNext = { kind: "read" };
  /** Whether an absent resource counts as empty. */
  optional = false;

  constructor() {
    this.feed({ kind: "start" });
  }

  /** A reflector that has delivered "a" and watches from version 10. */
  static watching(): Stepper {
    const stepper = new Stepper();
    stepper.feed(opened, event("ADDED", "a", 5), bookmark(10, { end: true }));
    return stepper;
  }

  /** Takes inputs; gives all their events as short text. */
  feed(...inputs: readonly ReflectorInput[]): string[] {
    return inputs.flatMap((input) => {
      const step = stepReflector<Thing>(this.state, input, {
        spec: { ...THINGS, optional: this.optional },
        nowMs: this.nowMs,
        random: () => this.random,
      });
      this.state = step.state;
      this.next = step.next;
      return step.events.map(formatEvent);
    });
  }

  /** Lets time pass. */
  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  /** The action as short text: "read", or "open 400ms stream?resource...". */
  get action(): string {
    if (this.next.kind === "read") return "read";
    const { afterMs, request } = this.next;
    return `open after ${afterMs} ${formatQuery(request.path)}`;
  }
}

/** "upsert n/a@5", "delete n/a", "synced", "desynced: why", "garbage: why". */
export function formatEvent(event: WatchEvent<Thing>): string {
  switch (event.kind) {
    case "upsert":
      return `upsert ${event.key}@${event.object.version}`;
    case "delete":
      return `delete ${event.key}`;
    case "synced":
      return "synced";
    default:
      return `${event.kind}: ${event.reason}`;
  }
}

/** What matters of a query: "stream rv=", "watch rv=10", "list rv=0 limit". */
function formatQuery(path: string): string {
  const query = new URL(path, "http://server").searchParams;
  const version = query.get("resourceVersion");
  const token = query.get("continue");
  return [
    query.has("sendInitialEvents")
      ? "stream"
      : query.has("watch")
      ? "watch"
      : "list",
    version === null ? "" : `rv=${version}`,
    token === null ? "" : `continue=${token}`,
    query.has("limit") ? "limited" : "",
  ].filter((part) => part !== "").join(" ");
}
