/**
 * Servers and clients in every namespace, by one long-lived process.
 *
 * @module
 */

import { TextLineStream } from "../lines.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import {
  type Stream,
  STREAM_DEFAULTS,
  type StreamOptions,
  type StreamResult,
} from "./stream.ts";

/** Protocols that can be served and dialled. */
export type Protocol = "tcp" | "udp" | "sctp";

/** How a dial failed; "closed": accepted and ended without an answer. */
export type Failure =
  | "refused"
  | "timed-out"
  | "reset"
  | "unreachable"
  | "closed"
  | "error";

/** What to serve. */
export interface ServeOptions {
  /** Default tcp. */
  readonly protocol?: Protocol;
  /** Port to serve. */
  readonly port: number;
  /** Only this address; absent: all, of both families. */
  readonly address?: string;
  /** The name it answers with; default: the place's. */
  readonly name?: string;
  /** What it does: answer, answer once and close, reset, or say nothing. */
  readonly mode?: "answer" | "once" | "reset" | "silent";
}

/** What to dial. */
export interface DialOptions {
  /** Default tcp. */
  readonly protocol?: Protocol;
  /** Address without brackets. */
  readonly address: string;
  /** Port to dial. */
  readonly port: number;
  /** Address to dial from; absent: the kernel chooses. */
  readonly sourceAddress?: string;
  /** Port to dial from; absent: the kernel chooses. */
  readonly sourcePort?: number;
  /** It has failed after so long; default 2 s. */
  readonly timeoutMs?: number;
  /** Whether the server is left to close first, so that the port is free. */
  readonly untilClosed?: boolean;
}

/** How a dial went. */
export interface DialResult {
  /** Name of the server that answered; absent: none did. */
  readonly answeredBy?: string;
  /** The client's address and port as that server saw it. */
  readonly sourceSeen?: string;
  /** The client's address and port as the client has it. */
  readonly source?: string;
  /** How it failed; absent: it did not. */
  readonly failure?: Failure;
  /** The kernel's word for it, such as ECONNREFUSED. */
  readonly error?: string;
  /** From the start to the outcome. */
  readonly ms: number;
}

/** What to ask a name server. */
export interface ResolveOptions {
  /** Address of the name server. */
  readonly address: string;
  /** Its port; default 53. */
  readonly port?: number;
  /** The name, whole. */
  readonly name: string;
  /** Default A. */
  readonly type?: "A" | "AAAA";
  /** It has failed after so long; default 2 s. */
  readonly timeoutMs?: number;
}

/** What the name server said. */
export interface ResolveResult {
  /** The addresses; absent: it did not answer. */
  readonly addresses?: readonly string[];
  /** How it failed; absent: it did not. */
  readonly failure?: Failure;
  /** From the question to the outcome. */
  readonly ms: number;
}

type Answer = Record<string, unknown> & { readonly error?: string };

const DIAL_TIMEOUT_MS = 2_000;

/** The client of `prober.py`. */
export class Prober {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #servers = new Map<string, Set<string>>();
  #last = 0;

  /** Starts the process. */
  constructor(script: string) {
    this.#child = new Deno.Command("/usr/bin/python3", {
      args: ["-S", "-E", script],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    void this.#read();
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout
      .pipeThrough(
        new TextDecoderStream() as TransformStream<Uint8Array, string>,
      )
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const answer = JSON.parse(line);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    }
    for (const resolve of this.#waiting.values()) {
      resolve({ error: "the prober ended", failure: "error" });
    }
  }

  #ask(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    const line = JSON.stringify({ ...request, id }) + "\n";
    void this.#writer.write(new TextEncoder().encode(line));
    return promise;
  }

  async #must(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    const answer = await this.#ask(request);
    if (answer.error === undefined) return answer;
    throw new Error(
      `Cannot ${request["op"]} in ${request["ns"]}: ${answer.error}`,
    );
  }

  #handle(): string {
    return `h${++this.#last}`;
  }

  /** Serves; call what it returns to stop. */
  async serve(ns: string, options: ServeOptions): Promise<() => Promise<void>> {
    const handle = this.#handle();
    const { protocol = "tcp", name = ns } = options;
    const request = { ...options, op: "serve", ns, handle, protocol, name };
    await this.#must(request);
    const own = this.#servers.get(ns) ?? new Set();
    this.#servers.set(ns, own.add(handle));
    return async () => {
      own.delete(handle);
      await this.#must({ op: "unserve", ns, handle });
    };
  }

  /** Stops all servers of a namespace. */
  async unserveAll(ns: string): Promise<void> {
    const handles = this.#servers.get(ns) ?? [];
    this.#servers.delete(ns);
    for (const handle of handles) {
      await this.#must({ op: "unserve", ns, handle });
    }
  }

  /** Dials once: connects, asks for a line, closes. */
  async dial(ns: string, options: DialOptions): Promise<DialResult> {
    return resultOf(await this.#ask({ op: "dial", ns, ...dialOf(options) }));
  }

  /** Dials and keeps the connection. */
  async connect(ns: string, options: DialOptions): Promise<Connection> {
    const handle = this.#handle();
    const dialled = { ...dialOf(options), handle, keep: true };
    const first = resultOf(await this.#ask({ op: "dial", ns, ...dialled }));
    return {
      first,
      ask: async (timeoutMs = DIAL_TIMEOUT_MS) =>
        resultOf(await this.#ask({ op: "ask", ns, handle, timeoutMs })),
      close: async () => {
        await this.#must({ op: "hang-up", ns, handle });
      },
    };
  }

  /** Asks a name server over UDP. */
  async resolve(ns: string, options: ResolveOptions): Promise<ResolveResult> {
    const { port = 53, type = "A", timeoutMs = DIAL_TIMEOUT_MS } = options;
    const request = { ...options, op: "resolve", ns, port, type, timeoutMs };
    const { id: _, ...answer } = await this.#ask(request);
    return answer as unknown as ResolveResult;
  }

  /** Starts a load; call what it returns to end it and see what it saw. */
  async load(
    ns: string,
    options: LoadOptions,
  ): Promise<() => Promise<LoadResult>> {
    const handle = this.#handle();
    const { concurrency = 4, pauseMs = 5, sourcePorts } = options;
    const request = { ...dialOf(options), op: "load", ns, handle, concurrency };
    await this.#must({ ...request, pauseMs, sourcePorts });
    return async () => {
      const { id: _, ...result } = await this.#must({
        op: "unload",
        ns,
        handle,
      });
      return result as unknown as LoadResult;
    };
  }

  /** Starts to send data on one connection. */
  async stream(ns: string, options: StreamOptions): Promise<Stream> {
    const handle = this.#handle();
    const fields = { ...options, protocol: options.protocol ?? "tcp" };
    await this.#must({
      ...STREAM_DEFAULTS,
      ...fields,
      op: "stream",
      ns,
      handle,
    });
    const result = async (op: "look" | "unstream"): Promise<StreamResult> => {
      const { id: _, ...said } = await this.#must({ op, ns, handle });
      return said as unknown as StreamResult;
    };
    return { look: () => result("look"), stop: () => result("unstream") };
  }

  /** Writes kernel settings; gives those that were refused, with why. */
  async sysctl(
    ns: string,
    values: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const { refused } = await this.#must({ op: "sysctl", ns, values });
    return refused as Record<string, string>;
  }

  /** Reads a file of /proc as a namespace shows it. */
  async read(ns: string, path: string): Promise<string> {
    const { text } = await this.#must({ op: "read", ns, path });
    return String(text);
  }

  /** Lets go of a namespace. */
  async leave(ns: string): Promise<void> {
    await this.#must({ op: "leave", ns });
  }
}

/** A connection that was kept open. */
export interface Connection {
  /** How the dial went. */
  readonly first: DialResult;
  /** Asks one more line on it. */
  ask(timeoutMs?: number): Promise<DialResult>;
  /** Ends it. */
  close(): Promise<void>;
}

function dialOf(options: DialOptions): Record<string, unknown> {
  const { protocol = "tcp", timeoutMs = DIAL_TIMEOUT_MS } = options;
  return { ...options, protocol, timeoutMs };
}

function resultOf(answer: Answer): DialResult {
  const { id: _, ...rest } = answer;
  if (rest["failure"] === undefined && rest.error !== undefined) {
    rest["failure"] = "error";
  }
  return rest as unknown as DialResult;
}
