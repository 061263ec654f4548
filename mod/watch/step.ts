import { backoffMs, retryAfterMs } from "./backoff.ts";
import {
  attemptsAfter,
  understand,
  understandStatus,
  type Understood,
} from "./failures.ts";
import { readLine } from "./step_line.ts";
import { endPage, relist, reopen } from "./step_list.ts";
import { requestOf, watchTimeoutSeconds } from "./requests.ts";
import type {
  ReflectorInput,
  ReflectorState,
  ReflectorStep,
  StepContext,
} from "./reflector_types.ts";
import type { WatchEvent } from "./types.ts";

/** A watch that ends sooner than this has not helped: it counts as failed. */
export const SHORT_WATCH_MS = 1000;
/** What connections that end early are spread by, in ms. */
export const REOPEN_JITTER_MS = 1000;
/** What the first requests of many agents are spread by, in ms. */
export const START_JITTER_MS = 500;
/** How rarely an absent optional resource is asked for, in ms. */
export const ABSENT_RETRY_MS = 10 * 60_000;
/** After so many unreadable lines in a row the answer is given up. */
export const GARBAGE_RUN = 20;
/** After so many failed watches in a row: list. */
const WATCH_TRIES = 12;

/** State before the first step. */
export function startReflector(): ReflectorState {
  return {
    phase: "stream",
    known: new Map(),
    seen: new Set(),
    version: "",
    versionRefused: false,
    continueToken: "",
    restarts: 0,
    streamingRefused: false,
    cuts: 0,
    unreadable: 0,
    garbageRun: 0,
    doubtful: false,
    doubtfulLists: 0,
    doubtPatience: 0,
    attempts: 0,
    timeoutSeconds: 0,
    synced: false,
    trouble: "",
  };
}

/**
 * What list and watch do next, decided without a socket in sight: state and
 * input in, next state, events and next action out.
 */
export function stepReflector<Resource>(
  state: ReflectorState,
  input: ReflectorInput,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  switch (input.kind) {
    case "start":
      return open(state, {
        context,
        afterMs: Math.round(START_JITTER_MS * context.random()),
      });
    case "opened":
      return stepOpened(state, context);
    case "line":
      return stepLine(state, input, context);
    case "closed":
      return state.phase === "page"
        ? stepPageEnd(state, input.frame, context)
        : stepClosed(settle(state, context.nowMs), context);
    case "silent":
      return stepSilent(state, context);
    case "failed":
      return stepFailure(
        settle(state, context.nowMs),
        understand(input.failure),
        context,
      );
  }
  input satisfies never;
  throw new TypeError("Cannot step the reflector: unknown input");
}

interface Opening<Resource> {
  readonly context: StepContext<Resource>;
  readonly afterMs: number;
  readonly events?: readonly WatchEvent<Resource>[];
}

function open<Resource>(
  state: ReflectorState,
  { context, afterMs, events = [] }: Opening<Resource>,
): ReflectorStep<Resource> {
  const { openedMs: _, ...rest } = state;
  const timeoutSeconds = watchTimeoutSeconds(context.random());
  const next = { ...rest, timeoutSeconds, garbageRun: 0 };
  const request = requestOf(next, context.spec);
  return { state: next, events, next: { kind: "open", afterMs, request } };
}

function stepOpened<Resource>(
  state: ReflectorState,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  const opened = { ...state, openedMs: context.nowMs };
  const back = state.phase === "watch" && state.trouble !== "";
  return {
    state: back ? { ...opened, trouble: "" } : opened,
    events: back ? [{ kind: "synced" }] : [],
    next: { kind: "read" },
  };
}

function stepLine<Resource>(
  state: ReflectorState,
  input: ReflectorInput & { readonly kind: "line" },
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  const read = readLine(state, input.line, context.spec);
  if (read.status !== undefined) {
    const understood = understandStatus(read.status);
    return stepFailure(settle(state, context.nowMs), understood, context);
  }
  if (read.state.garbageRun >= GARBAGE_RUN) {
    return stepFailure(read.state, {
      meaning: "broken",
      retryAfterSeconds: 0,
      message: `The answer is not from an API server: ${GARBAGE_RUN} lines ` +
        "in a row cannot be read; is there a proxy in between?",
    }, context);
  }
  if (read.listAgain) {
    return open(relist(read.state), {
      context,
      afterMs: 0,
      events: read.events,
    });
  }
  const ended = state.garbageRun > 0 &&
    read.state.garbageRun === state.garbageRun;
  return {
    state: ended ? { ...read.state, garbageRun: 0 } : read.state,
    events: read.events,
    next: { kind: "read" },
  };
}

function stepPageEnd<Resource>(
  state: ReflectorState,
  frame: string | undefined,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  const page = endPage<Resource>(state, frame);
  if (page !== undefined) {
    return open(page.state, { context, afterMs: 0, events: page.events });
  }
  const understood: Understood = {
    meaning: "broken",
    retryAfterSeconds: 0,
    message: `Cannot read the list of ${context.spec.kind} objects: the ` +
      "answer ended early or is no list",
  };
  return stepFailure(state, understood, context);
}

/** A watch that the server ended, as it does when its time is up. */
function stepClosed<Resource>(
  state: ReflectorState,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  const livedMs = context.nowMs - (state.openedMs ?? context.nowMs);
  const cut = state.phase === "stream";
  if (cut || livedMs < SHORT_WATCH_MS) {
    return stepFailure(state, {
      meaning: "broken",
      retryAfterSeconds: 0,
      message: "The API server ended the watch at once",
    }, context);
  }
  const inTime = livedMs >= state.timeoutSeconds * 900;
  const afterMs = inTime ? 0 : Math.round(REOPEN_JITTER_MS * context.random());
  return open(reopen(state), { context, afterMs });
}

/** Replaced without a list; a list that falls silent is asked for in pages. */
function stepSilent<Resource>(
  state: ReflectorState,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  if (state.phase === "watch" && state.openedMs !== undefined) {
    const afterMs = Math.round(REOPEN_JITTER_MS * context.random());
    return open(reopen(state), { context, afterMs });
  }
  const streamingRefused = state.streamingRefused ||
    (state.phase === "stream" && state.openedMs !== undefined);
  return stepFailure({ ...state, streamingRefused }, {
    meaning: "broken",
    retryAfterSeconds: 0,
    message: "The API server is silent: the connection may be dead",
  }, context);
}

function stepFailure<Resource>(
  state: ReflectorState,
  understood: Understood,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  const { meaning } = understood;
  // Authorization comes before routing: a role that was written for a server
  // without the resource is met by 403 rather than 404.
  const absent = meaning === "absent" ||
    (meaning === "forbidden" && state.known.size === 0);
  if (absent && context.spec.optional === true) {
    return stepAbsent(state, context);
  }
  if (meaning === "unsupported" && state.phase === "stream") {
    const refused = relist({ ...state, streamingRefused: true });
    return open(refused, { context, afterMs: 0 });
  }
  const attempts = attemptsAfter(state, understood);
  const afterMs = understood.retryAfterSeconds > 0
    ? retryAfterMs(understood.retryAfterSeconds, context.random())
    : backoffMs(attempts, context.random());
  const events = troubleOf<Resource>(state, understood);
  const trouble = events.length > 0 ? understood.message : state.trouble;
  const failed = { ...state, attempts, trouble };
  return open(afterFailure(failed, understood), { context, afterMs, events });
}

/** Where to go on after a failure. */
function afterFailure(
  state: ReflectorState,
  { meaning }: Understood,
): ReflectorState {
  if (meaning === "expired" && state.continueToken !== "") {
    return relist({
      ...state,
      versionRefused: true,
      restarts: state.restarts + 1,
    });
  }
  if (meaning === "expired" || meaning === "ahead") {
    return relist({ ...state, versionRefused: true });
  }
  if (state.phase === "stream") {
    const cut = state.openedMs !== undefined ? 1 : 0;
    return relist({ ...state, cuts: state.cuts + cut });
  }
  // A page that failed is asked for again, with the token that it had; what
  // it showed before it broke off is shown again, which is harmless.
  const misunderstood = meaning === "unsupported" || meaning === "absent";
  if (state.phase === "page") return misunderstood ? relist(state) : state;
  const again = misunderstood || state.attempts % WATCH_TRIES === 0;
  return again ? relist(state) : reopen(state);
}

/** One failure of a followed collection is nothing; two are told. */
function troubleOf<Resource>(
  state: ReflectorState,
  { meaning, message }: Understood,
): readonly WatchEvent<Resource>[] {
  if (message === state.trouble) return [];
  const patient = state.synced && state.trouble === "" &&
    state.attempts === 0 && meaning !== "denied" && meaning !== "forbidden";
  const gap = meaning === "expired" || meaning === "ahead";
  if (patient || (gap && state.synced)) return [];
  return [{ kind: "desynced", reason: message }];
}

/** The server does not have this resource: as if there were none. */
function stepAbsent<Resource>(
  state: ReflectorState,
  context: StepContext<Resource>,
): ReflectorStep<Resource> {
  const events: WatchEvent<Resource>[] = [];
  for (const key of state.known.keys()) events.push({ kind: "delete", key });
  state.known.clear();
  if (!state.synced || state.trouble !== "") events.push({ kind: "synced" });
  const absent = relist({ ...state, synced: true, trouble: "", attempts: 0 });
  const afterMs = Math.round(ABSENT_RETRY_MS * (1 + context.random()));
  return open(absent, { context, afterMs, events });
}

/** Forgets the failures once a watch has lived for a while. */
function settle(state: ReflectorState, nowMs: number): ReflectorState {
  const { openedMs, attempts, phase } = state;
  if (attempts === 0 || openedMs === undefined || phase !== "watch") {
    return state;
  }
  return nowMs - openedMs >= SHORT_WATCH_MS ? { ...state, attempts: 0 } : state;
}
