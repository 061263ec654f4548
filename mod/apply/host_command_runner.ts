import { CommandError } from "./errors.ts";
import { TIMED_OUT } from "./run_command.ts";
import type {
  Argv,
  CommandOptions,
  CommandResult,
  CommandRunner,
} from "./types.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
/** A listing of 200,000 set elements or real servers takes a tenth of it. */
const MOST_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Package of Debian that has a program, for messages. */
const PACKAGES: Readonly<Record<string, string>> = {
  ipvsadm: "ipvsadm",
  ipset: "ipset",
  ip: "iproute2",
  sysctl: "procps",
  modprobe: "kmod",
  lsmod: "kmod",
  conntrack: "conntrack",
};

/** Runs the host's programs; the only user of Deno.Command. */
export class HostCommandRunner implements CommandRunner {
  /** See `CommandRunner.run`; output beyond a bound kills the command. */
  async run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    options.signal?.throwIfAborted();
    const hasInput = options.stdin !== undefined;
    const child = spawn(argv, hasInput ? "piped" : "null");
    const end = new EarlyEnd(child, options);
    try {
      const [status, stdout, stderr] = await Promise.all([
        child.status,
        readAll(child.stdout, end),
        readAll(child.stderr, end),
        hasInput ? writeAll(child.stdin, options.stdin ?? "") : undefined,
      ]);
      options.signal?.throwIfAborted();
      if (end.reason === "output") throw tooMuch(argv);
      const code = end.reason === "timeout" ? TIMED_OUT : status.code;
      return { code, stdout, stderr };
    } finally {
      end.dispose();
    }
  }

  /** See `CommandRunner.lines`. */
  async *lines(argv: Argv, signal: AbortSignal): AsyncIterable<string> {
    if (signal.aborted) return;
    const child = spawn(argv, "null");
    const end = new EarlyEnd(child, { signal, timeoutMs: Infinity });
    const stderr = readAll(child.stderr, end);
    let rest = "";
    try {
      for await (
        const text of child.stdout.pipeThrough(new TextDecoderStream())
      ) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        yield* lines;
      }
      if (rest !== "") yield rest;
    } finally {
      end.kill("aborted");
      end.dispose();
      await Promise.all([child.status, stderr]);
    }
    const { code } = await child.status;
    if (signal.aborted || code === 0) return;
    throw new CommandError(argv, `it ended with exit code ${code}`, {
      failure: "failed",
      code,
      stderr: await stderr,
    });
  }
}

/** Ends a child before its time, at most once. */
class EarlyEnd {
  reason: "timeout" | "aborted" | "output" | undefined;
  readonly #child: Deno.ChildProcess;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #abort = (): void => this.kill("aborted");

  constructor(child: Deno.ChildProcess, options: CommandOptions) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.#child = child;
    this.#signal = options.signal;
    this.#signal?.addEventListener("abort", this.#abort);
    if (timeoutMs !== Infinity) {
      this.#timer = setTimeout(() => this.kill("timeout"), timeoutMs);
    }
  }

  kill(reason: "timeout" | "aborted" | "output"): void {
    this.reason ??= reason;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

function spawn(argv: Argv, stdin: "piped" | "null"): Deno.ChildProcess {
  const [program, ...args] = argv;
  try {
    return new Deno.Command(program, {
      args,
      // Messages are matched by their English text.
      env: { LC_ALL: "C" },
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw cannotStart(argv, error);
  }
}

function cannotStart(argv: Argv, cause: unknown): CommandError {
  const [program] = argv;
  if (cause instanceof Deno.errors.NotCapable) {
    return new CommandError(
      argv,
      `Deno's permissions do not allow it: add ${program} to --allow-run`,
      { failure: "denied", cause },
    );
  }
  if (cause instanceof Deno.errors.NotFound) {
    const name = PACKAGES[program] ??
      (/^ip6?tables/.test(program) ? "iptables" : undefined);
    const hint = name === undefined ? "" : `; install the package ${name}`;
    return new CommandError(
      argv,
      `there is no program "${program}" on PATH${hint}`,
      { failure: "missing", cause },
    );
  }
  return new CommandError(argv, String(cause), { failure: "failed", cause });
}

function tooMuch(argv: Argv): CommandError {
  const most = MOST_OUTPUT_BYTES / 1024 / 1024;
  return new CommandError(
    argv,
    `it printed more than ${most} MiB and was killed`,
    { failure: "failed" },
  );
}

async function readAll(
  stream: ReadableStream<Uint8Array>,
  end: EarlyEnd,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > MOST_OUTPUT_BYTES) {
      end.kill("output");
      break;
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
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
    // A command that ends before it has read all says why on its own.
  }
}
