/**
 * Programs of the bench: started, read line by line, ended.
 *
 * @module
 */

/** How a program is started. */
export interface ChildOptions {
  /** Variables beside ours. */
  readonly env?: Record<string, string>;
  /** Where it tells its lines; absent: on standard output. */
  readonly told?: "stdout" | "stderr";
}

/** A program that tells JSON or text, a line each. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** Starts Deno with these arguments. */
  constructor(args: readonly string[], options: ChildOptions = {}) {
    const { env = {}, told = "stdout" } = options;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...args],
      env,
      stdin: "piped",
      stdout: told === "stdout" ? "piped" : "null",
      stderr: told === "stderr" ? "piped" : "inherit",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process[told])[Symbol.asyncIterator]();
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Its next line. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("Cannot read on: the program ended");
    return value;
  }

  /** Waits for a line with this text in it. */
  async lineWith(text: string): Promise<string> {
    while (true) {
      const line = await this.line();
      if (line.includes(text)) return line;
    }
  }

  /** Sends it a line. */
  async ask(): Promise<void> {
    await this.#writer.write(new TextEncoder().encode("\n"));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#writer.abort().catch(() => {});
    await this.#lines.return?.();
  }
}

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
