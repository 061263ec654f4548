/** A terminal that shows a screen and gives keys. */
export interface Terminal {
  /** Whether a screen can be drawn: a terminal that is not dumb. */
  readonly isScreen: boolean;
  /** Its size, in characters. */
  size(): { readonly columns: number; readonly rows: number };
  /** Writes as it is. */
  write(text: string): void;
  /**
   * Gives keys as they are pressed, until the signal; the terminal hands each
   * over at once, and echoes none, until the generator ends.
   */
  keys(signal: AbortSignal): AsyncIterable<string>;
}

const CTRL_C = "\u0003";

/** The terminal that the program was started in. */
export function openTerminal(
  env: (name: string) => string | undefined,
): Terminal {
  return {
    get isScreen() {
      return (env("TERM") ?? "dumb") !== "dumb" && Deno.stdout.isTerminal() &&
        Deno.stdin.isTerminal();
    },
    size() {
      try {
        const { columns, rows } = Deno.consoleSize();
        if (columns > 0 && rows > 0) return { columns, rows };
      } catch {
        // It is no terminal.
      }
      return { columns: 80, rows: 24 };
    },
    write(text) {
      const bytes = new TextEncoder().encode(text);
      for (let done = 0; done < bytes.length;) {
        done += Deno.stdout.writeSync(bytes.subarray(done));
      }
    },
    keys,
  };
}

async function* keys(signal: AbortSignal): AsyncIterable<string> {
  const isRaw = true;
  Deno.stdin.setRaw(isRaw);
  const reader = Deno.stdin.readable.getReader();
  const stop = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    while (!signal.aborted) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const key of new TextDecoder().decode(value)) yield key;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    Deno.stdin.setRaw(!isRaw);
  }
}

/** Whether a key means the end: q, Escape's byte, Ctrl-C, Ctrl-D. */
export function isEndKey(key: string): boolean {
  return ["q", "Q", CTRL_C, "\u0004"].includes(key);
}
