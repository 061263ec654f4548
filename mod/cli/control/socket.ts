import { waitFor } from "#apply";
import { getLogger } from "@std/log";
import { socketPath } from "./types.ts";

/** Between tries to serve, ms. */
const RETRY_MS = 30_000;

/** What serving the socket takes. */
export interface SocketOptions {
  /** Folder of the socket. */
  readonly runDir: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Resolves when this program holds the lock of the node. */
  readonly lockHeld: Promise<void>;
  /** Between tries, ms; default 30,000. */
  readonly retryMs?: number;
  /** Answers a request; never throws. */
  handle(request: Request): Promise<Response>;
}

/**
 * Serves the control socket until the signal: root's alone. It begins when
 * the lock is held, so that a file that is there was left by an agent that
 * ended; if somebody answers on it all the same, it is left alone. What goes
 * wrong is logged, once, and tried again: the agent works without it.
 */
export async function serveControl(options: SocketOptions): Promise<void> {
  const { runDir, signal, lockHeld, retryMs = RETRY_MS } = options;
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
  if (signal.aborted) return;
  await Promise.race([lockHeld, aborted]);
  const logger = getLogger("cli");
  let complaint = "";
  while (!signal.aborted) {
    try {
      await serveOnce(socketPath(runDir), options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== complaint) {
        const message = "Cannot serve the control socket; it is tried again";
        logger.warn(message, { runDir, reason });
      }
      complaint = reason;
    }
    await waitFor(retryMs, signal);
  }
}

async function serveOnce(
  path: string,
  { signal, handle }: SocketOptions,
): Promise<void> {
  await removeStale(path);
  const server = Deno.serve({
    path,
    signal,
    onListen: () => {},
    onError: () => new Response("{}", { status: 500 }),
  }, handle);
  await Deno.chmod(path, 0o600);
  await server.finished;
}

async function removeStale(path: string): Promise<void> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (found.isSocket !== true) throw new Error("something else is there");
  if (await isAnswered(path)) throw new Error("another program answers there");
  await Deno.remove(path);
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
