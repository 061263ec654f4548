import {
  type Clock,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "../../mod/watch/transport.ts";

/** How the simulated server behaves. */
export interface SimServerOptions {
  /** Time. */
  readonly clock: Clock;
  /** Whether it offers streaming lists. */
  readonly streaming: boolean;
  /** Chance of a fault at each occasion; set to 0 to stop them. */
  faultChance: number;
  /** A number in [0, 1). */
  random(): number;
}

interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly key: string;
  readonly version: number;
}

/** Changes that it remembers; older versions are expired. */
const HISTORY = 60;
const BOOKMARK_MS = 60_000;
const PAGE = 7;

/** An API server in simulated time: correct, but for the faults. */
export class SimServer implements Transport {
  /** Key and version of each object. */
  readonly objects: Map<string, number> = new Map();
  /** Lists that were begun, streaming or in pages. */
  lists = 0;
  /** All requests. */
  requests = 0;
  /** Connections are refused, running ones cut, while this is true. */
  #down = false;
  /** Faults that were played. */
  faults = 0;
  readonly #options: SimServerOptions;
  readonly #wakers: Set<() => void> = new Set();
  #history: Change[] = [];
  #version = 100;

  constructor(options: SimServerOptions) {
    this.#options = options;
  }

  /** Makes, changes or deletes a random object. */
  mutate(): void {
    const name = `n/o${Math.floor(this.#options.random() * 40)}`;
    const there = this.objects.has(name);
    const gone = there && this.#options.random() < 0.4;
    const version = ++this.#version;
    if (gone) this.objects.delete(name);
    else this.objects.set(name, version);
    const type = gone ? "DELETED" : there ? "MODIFIED" : "ADDED";
    this.#history.push({ type, key: name, version });
    this.#history = this.#history.slice(-HISTORY);
    for (const wake of [...this.#wakers]) wake();
  }

  /** Stops: all connections are cut, new ones refused. */
  stop(): void {
    this.#down = true;
    for (const wake of [...this.#wakers]) wake();
  }

  /** Starts again; the objects stay. */
  start(): void {
    this.#down = false;
  }

  reset(): void {}

  async send(
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<TransportResponse> {
    if (this.#down) throw new TransportError("Connection refused");
    this.requests++;
    const query = new URL(request.path, "http://server").searchParams;
    const watch = query.has("watch");
    if (query.has("sendInitialEvents") || (!watch && !query.has("continue"))) {
      this.lists++;
    }
    await this.#options.clock.sleep(this.#options.random() * 20, signal);
    const fault = this.#refuse();
    if (fault !== undefined) return fault;
    if (!watch) return this.#list(query);
    return this.#watch(query, signal);
  }

  #strikes(share = 1): boolean {
    const { random, faultChance } = this.#options;
    const strikes = random() < faultChance * share;
    if (strikes) this.faults++;
    return strikes;
  }

  #refuse(): TransportResponse | undefined {
    if (!this.#strikes()) return undefined;
    const kind = Math.floor(this.#options.random() * 7);
    if (kind === 0) throw new TransportError("Cannot reach the API server");
    const status = [500, 503, 429, 401, 403, 504][kind - 1] ?? 500;
    return {
      status,
      ...(status === 429 ? { retryAfterSeconds: 2 } : {}),
      body: once("an answer of a proxy in between"),
    };
  }

  #list(query: URLSearchParams): TransportResponse {
    const token = query.get("continue");
    const [version = this.#version, start = 0] = token === null
      ? []
      : token.split(":").map(Number);
    if (version < this.#oldest()) return expired(410);
    if (this.#version !== version) return expired(410);
    const keys = [...this.objects.keys()].sort();
    const limit = query.has("limit") ? PAGE : keys.length;
    const page = keys.slice(start, start + limit);
    const more = start + limit < keys.length;
    const text = JSON.stringify({
      kind: "ThingList",
      metadata: {
        resourceVersion: `${version}`,
        ...(more ? { continue: `${version}:${start + limit}` } : {}),
      },
      items: page.map((key) => this.#wire(key, this.objects.get(key) ?? 0)),
    });
    const cut = this.#strikes();
    return { status: 200, body: this.#chunked([text], { cut }) };
  }

  #watch(query: URLSearchParams, signal: AbortSignal): TransportResponse {
    const initial = query.has("sendInitialEvents");
    if (initial && !this.#options.streaming) return expired(422);
    const from = Number(query.get("resourceVersion"));
    if (!initial && from < this.#oldest()) return expired(410);
    if (!initial && this.#strikes(0.3)) return behind();
    const seconds = Number(query.get("timeoutSeconds"));
    return {
      status: 200,
      body: this.#stream({ from: initial ? undefined : from, seconds, signal }),
    };
  }

  async *#stream(options: {
    readonly from: number | undefined;
    readonly seconds: number;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Uint8Array> {
    const { clock, random } = this.#options;
    const { signal } = options;
    const endMs = clock.monotonicMs() + options.seconds * 1000;
    let sent = options.from ?? this.#version;
    if (options.from === undefined) {
      const lines = [...this.objects].map(([key, version]) =>
        this.#line({ type: "ADDED", key, version })
      );
      yield* this.#chunked([...lines, bookmark(sent, { end: true })], {});
    }
    let stalled = false;
    while (clock.monotonicMs() < endMs) {
      const waitMs = Math.min(BOOKMARK_MS, endMs - clock.monotonicMs());
      const behind = sent < this.#version && !stalled;
      if (!behind) await this.#changeOr(waitMs, signal);
      stalled ||= this.#options.faultChance > 0 && random() < 0.01;
      if (stalled) continue;
      if (sent < this.#oldest() - 1) {
        yield* once(errorLine());
        return;
      }
      const due = this.#history.filter(({ version }) => version > sent);
      sent = this.#version;
      const lines = due.map((change) => this.#line(change));
      if (lines.length === 0) lines.push(bookmark(sent, {}));
      yield* this.#chunked(lines, { cut: this.#strikes() });
    }
  }

  /** Waits for a change, so long at most; throws when aborted. */
  async #changeOr(waitMs: number, signal: AbortSignal): Promise<void> {
    const change = new AbortController();
    const wake = (): void => change.abort();
    this.#wakers.add(wake);
    try {
      const either = AbortSignal.any([signal, change.signal]);
      await this.#options.clock.sleep(waitMs, either);
    } catch {
      if (signal.aborted) throw new TransportError("aborted");
      if (this.#down) throw new TransportError("The connection broke off");
    } finally {
      this.#wakers.delete(wake);
    }
  }

  #oldest(): number {
    return this.#history[0]?.version ?? this.#version;
  }

  #wire(key: string, version: number): unknown {
    const [namespace, name] = key.split("/");
    return {
      metadata: { namespace, name, resourceVersion: `${version}` },
      note: 'odd \\" ] } [ { , bytes \u00e9\u{1f600}',
    };
  }

  #line({ type, key, version }: Change): string {
    const object = this.#wire(key, version);
    const text = JSON.stringify({ type, object });
    // Garbage takes the place of a change, which is thereby lost.
    return this.#strikes(0.2) ? text.slice(3) : text;
  }

  /** Text as bytes, cut anywhere; `cut`: it breaks off. */
  async *#chunked(
    lines: readonly string[],
    options: { readonly cut?: boolean },
  ): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    const bytes = new TextEncoder().encode(
      lines.map((line) => `${line}\n`).join(""),
    );
    const end = options.cut
      ? Math.floor(bytes.length * this.#options.random())
      : bytes.length;
    for (let start = 0; start < end;) {
      const size = 1 + Math.floor(this.#options.random() * 2000);
      yield bytes.slice(start, Math.min(start + size, end));
      start += size;
    }
    if (options.cut) throw new TransportError("The connection broke off");
  }
}

function expired(status: number): TransportResponse {
  return { status, body: once("{}") };
}

/** Another server of the same cluster, which has not come so far yet. */
function behind(): TransportResponse {
  const causes = [{ reason: "ResourceVersionTooLarge" }];
  const details = { causes, retryAfterSeconds: 1 };
  const status = { kind: "Status", reason: "Timeout", code: 504, details };
  return { status: 504, body: once(JSON.stringify(status)) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield new TextEncoder().encode(`${text}\n`);
}

function bookmark(version: number, { end }: { end?: boolean }): string {
  const annotations = end ? { "k8s.io/initial-events-end": "true" } : {};
  const metadata = { resourceVersion: `${version}`, annotations };
  return JSON.stringify({ type: "BOOKMARK", object: { metadata } });
}

function errorLine(): string {
  const object = { kind: "Status", code: 410, reason: "Expired" };
  return JSON.stringify({ type: "ERROR", object });
}
