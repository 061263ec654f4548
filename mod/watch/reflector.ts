import { ItemSplitter } from "./items.ts";
import { type Line, LineSplitter } from "./lines.ts";
import type {
  ReflectorInput,
  ReflectorState,
  WatchFailure,
  WatchRequest,
} from "./reflector_types.ts";
import { silenceOf } from "./requests.ts";
import { startReflector, stepReflector } from "./step.ts";
import {
  type Clock,
  type Transport,
  TransportError,
  type TransportResponse,
} from "./transport.ts";
import type { ResourceSpec, WatchEvent } from "./types.ts";
import { Watchdog } from "./watchdog.ts";

/** What a reflector needs of the world. */
export interface FollowOptions {
  /** The way to the API server. */
  readonly transport: Transport;
  /** Time. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** A number in [0, 1). */
  random(): number;
  /** Told of every failure, also of those that need no event. */
  onFailure?(failure: WatchFailure): void;
}

/** Events of one chunk of bytes, in order. */
export type WatchBatch<Resource> = readonly WatchEvent<Resource>[];

/** Longest body of a refusal that is read, in bytes. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/**
 * Follows one kind of object until the signal is aborted; then the loop ends
 * without an error. Nothing is read from the server while the consumer works
 * on a batch.
 *
 * @example
 * ```ts ignore
 * for await (const events of follow(spec, options)) {
 *   for (const event of events) fold(event);
 * }
 * ```
 */
export async function* follow<Resource>(
  spec: ResourceSpec<Resource>,
  options: FollowOptions,
): AsyncGenerator<WatchBatch<Resource>, void, void> {
  const reflector = new Reflector(spec, options);
  while (!options.signal.aborted) yield* reflector.cycle();
}

/** The runner: asks the step function, opens what it says, reads. */
class Reflector<Resource> {
  readonly #spec: ResourceSpec<Resource>;
  readonly #options: FollowOptions;
  #state: ReflectorState = startReflector();
  /** What to open next; absent: nothing was asked for yet. */
  #due: { readonly afterMs: number; readonly request: WatchRequest };
  /** Whether the step function asked for another request. */
  #turned = false;

  constructor(spec: ResourceSpec<Resource>, options: FollowOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#due = {
      afterMs: 0,
      request: { path: "", shape: "lines", silenceMs: 0 },
    };
    this.#step({ kind: "start" });
  }

  /** One request from its wait to its end. */
  async *cycle(): AsyncGenerator<WatchBatch<Resource>, void, void> {
    const { clock, signal } = this.#options;
    const { afterMs, request } = this.#due;
    this.#turned = false;
    using watchdog = new Watchdog(clock, signal, request.silenceMs);
    try {
      if (afterMs > 0) await clock.sleep(afterMs, signal);
      watchdog.feed();
      yield* this.#run(request, watchdog);
    } catch (error) {
      if (signal.aborted) return;
      if (watchdog.silent) this.#options.transport.reset();
      const input: ReflectorInput = watchdog.silent
        ? { kind: "silent" }
        : { kind: "failed", failure: failureOf(error) };
      const batch = this.#step(input);
      if (batch.length > 0) yield batch;
    }
  }

  async *#run(
    request: WatchRequest,
    watchdog: Watchdog,
  ): AsyncGenerator<WatchBatch<Resource>, void, void> {
    const { transport } = this.#options;
    const response = await transport.send(request, watchdog.signal);
    watchdog.feed();
    if (response.status !== 200) throw await refusal(response);
    const opened = this.#step({ kind: "opened" });
    if (opened.length > 0) yield opened;
    const items = request.shape === "items" ? new ItemSplitter() : undefined;
    const splitter = items ?? new LineSplitter();
    for await (const chunk of response.body) {
      watchdog.rest();
      const batch = this.#read(splitter.push(chunk));
      if (batch.length > 0) yield batch;
      if (this.#turned) return;
      watchdog.feed(silenceOf(this.#state.phase));
    }
    const closed = this.#step({ kind: "closed", frame: items?.frame() });
    if (closed.length > 0) yield closed;
  }

  #read(lines: readonly Line[]): WatchEvent<Resource>[] {
    const batch: WatchEvent<Resource>[] = [];
    for (const line of lines) {
      batch.push(...this.#step({ kind: "line", line }));
      if (this.#turned) break;
    }
    return batch;
  }

  #step(input: ReflectorInput): WatchBatch<Resource> {
    const { clock, random, onFailure } = this.#options;
    const { state, events, next } = stepReflector(this.#state, input, {
      spec: this.#spec,
      nowMs: clock.monotonicMs(),
      random,
    });
    if (input.kind === "failed") onFailure?.(input.failure);
    this.#state = state;
    if (next.kind === "open") {
      this.#due = next;
      this.#turned = true;
    }
    return events;
  }
}

/** A refusal on its way to the step function. */
class Refusal extends Error {
  readonly failure: WatchFailure;

  constructor(failure: WatchFailure) {
    super(`HTTP ${failure.status}`);
    this.failure = failure;
  }
}

async function refusal(response: TransportResponse): Promise<Refusal> {
  const decoder = new TextDecoder();
  let body = "";
  for await (const chunk of response.body) {
    body += decoder.decode(chunk, { stream: true });
    if (body.length > MAX_REFUSAL_BYTES) break;
  }
  const { status, retryAfterSeconds } = response;
  return new Refusal({
    status,
    body,
    message: "",
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function failureOf(error: unknown): WatchFailure {
  if (error instanceof Refusal) return error.failure;
  if (error instanceof TransportError) {
    return { status: 0, body: "", message: error.message };
  }
  // Anything else is a bug of ours, not the server's doing.
  throw error;
}
