/**
 * Programs in the namespaces of the lab.
 *
 * @module
 */

import { TextLineStream } from "../lines.ts";

/** Where something runs: a node, a pod, a client. */
export interface Place {
  /** Unique in the lab; its network namespace has it too. */
  readonly name: string;
  /** File of its mount namespace; absent: the guest's own. */
  readonly mounts?: string;
  /** Its IPv4 address. */
  readonly ipv4: string;
  /** Its IPv6 address. */
  readonly ipv6: string;
}

/** What a command said. */
export interface Output {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** How a command is run. */
export interface ExecOptions {
  /** Its standard input; absent: none. */
  readonly stdin?: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It is killed after so long; default 30 s. */
  readonly timeoutMs?: number;
}

const EXEC_TIMEOUT_MS = 30_000;
const LOG_LIMIT = 5_000;

/** The command that runs another one inside a place. */
export function inside(
  place: Place | undefined,
  argv: readonly string[],
): string[] {
  if (place === undefined) return [...argv];
  const enter = ["nsenter", `--net=/run/netns/${place.name}`];
  if (place.mounts !== undefined) enter.push(`--mount=${place.mounts}`);
  return [...enter, "--", ...argv];
}

/** Runs a command to its end, in a place or in the guest's first namespace. */
export async function exec(
  place: Place | undefined,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<Output> {
  const [program = "", ...parameters] = inside(place, argv);
  const child = new Deno.Command(program, {
    args: parameters,
    env: { ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(options.timeoutMs ?? EXEC_TIMEOUT_MS),
  }).spawn();
  const written = options.stdin === undefined
    ? undefined
    : writeAll(child.stdin, options.stdin);
  const { code, stdout, stderr } = await child.output();
  await written;
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

async function writeAll(
  stream: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It ended without reading it all; its exit code says whether that is bad.
  }
}

/**
 * Runs a command that must succeed in silence on standard error.
 *
 * @throws {Error} with what it said
 */
export async function must(
  place: Place | undefined,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await exec(place, argv, options);
  if (code === 0 && stderr === "") return stdout;
  const where = place === undefined ? "" : ` on ${place.name}`;
  const input = options.stdin === undefined ? "" : `\n${options.stdin}`;
  throw new Error(
    `Cannot run ${argv.join(" ")}${where}: exit ${code}: ${stderr}${input}`,
  );
}

/** Changes links, addresses and routes of a place in one process. */
export async function ip(
  place: Place | undefined,
  lines: readonly string[],
): Promise<void> {
  const at = place === undefined ? [] : ["-n", place.name];
  await must(undefined, ["ip", ...at, "-batch", "-"], {
    stdin: lines.join("\n") + "\n",
  });
}

/** A program that runs until it is stopped, with its log. */
export class Running {
  /** What it printed, both streams, oldest lines cut. */
  readonly log: string[] = [];
  /** Its process id inside the guest. */
  readonly pid: number;
  /** When it ended, and how. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #watchers = new Set<(line: string) => void>();
  #ended: Deno.CommandStatus | undefined;
  #lines = 0;

  /** Starts it. */
  constructor(
    place: Place | undefined,
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const [program = "", ...parameters] = inside(place, argv);
    this.#child = new Deno.Command(program, {
      args: parameters,
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    const read = [
      this.#read(this.#child.stdout),
      this.#read(this.#child.stderr),
    ];
    this.status = this.#child.status.then(async (status) => {
      await Promise.all(read);
      this.#ended = status;
      return status;
    });
  }

  /** How it ended; undefined while it runs. */
  get ended(): Deno.CommandStatus | undefined {
    return this.#ended;
  }

  /** How many lines it printed, those that were cut included. */
  get lines(): number {
    return this.#lines;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const lines = stream
      .pipeThrough(
        new TextDecoderStream() as TransformStream<Uint8Array, string>,
      )
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.#lines += 1;
      this.log.push(line);
      if (this.log.length > LOG_LIMIT) this.log.shift();
      for (const watcher of this.#watchers) watcher(line);
    }
  }

  /** Calls back for every further line; call what it returns to end that. */
  watch(onLine: (line: string) => void): () => void {
    this.#watchers.add(onLine);
    return () => this.#watchers.delete(onLine);
  }

  /**
   * Waits for a line that matches, those so far included.
   *
   * @throws {Error} when none came in time or the program ended before
   */
  async waitFor(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    const there = this.log.find((line) => pattern.test(line));
    if (there !== undefined) return there;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const unwatch = this.watch((line) => {
      if (pattern.test(line)) resolve(line);
    });
    const timer = setTimeout(
      () =>
        reject(
          new Error(
            `Cannot find ${pattern} in the log: it took more than ${timeoutMs} ms`,
          ),
        ),
      timeoutMs,
    );
    this.status.then(({ code }) =>
      reject(
        new Error(
          `Cannot find ${pattern} in the log: the program ended with ${code}: ${
            this.log.slice(-20).join("\n")
          }`,
        ),
      )
    );
    try {
      return await promise;
    } finally {
      unwatch();
      clearTimeout(timer);
    }
  }

  /** Sends a signal and waits for the end; killed after the grace. */
  async stop(
    signal: Deno.Signal = "SIGTERM",
    graceMs = 15_000,
  ): Promise<Deno.CommandStatus> {
    const timer = setTimeout(() => this.#kill("SIGKILL"), graceMs);
    this.#kill(signal);
    const status = await this.status;
    clearTimeout(timer);
    return status;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended by itself.
    }
  }
}
