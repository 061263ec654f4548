import { waitFor } from "#apply";
import { getLogger } from "@std/log";
import { BoundedServer, type ServerLimits } from "./bounded_server.ts";

/** A server for people and probes. */
export interface HttpServerOptions {
  /** For messages: "health". */
  readonly name: string;
  /** IP address. */
  readonly host: string;
  /** Port; 0: any. */
  readonly port: number;
  /** A server that cannot be bound is an error, not tried again. */
  readonly hardFail: boolean;
  /** Between tries, in ms; default 5,000. */
  readonly retryMs?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Answers a request. */
  handle(request: Request): Response | Promise<Response>;
  /** Bounds; those not given have defaults. */
  readonly limits?: ServerLimits;
  /** Is told when it cannot be bound, once. */
  onFail?(reason: string): void;
  /** Is told where it listens. */
  onListen?(port: number): void;
}

const RETRY_MS = 5_000;

/** JSON as kube-proxy's servers send it. */
export function jsonResponse(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** Plain text as kube-proxy's servers send it. */
export function textResponse(text: string, status = 200): Response {
  return new Response(text, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/**
 * Serves until the signal. An address that cannot be bound is tried again
 * and again, unless that is to be an error.
 */
export async function serveHttp(options: HttpServerOptions): Promise<void> {
  const { name, host, port, hardFail, signal, retryMs = RETRY_MS } = options;
  const logger = getLogger("observe");
  let hasComplained = false;
  while (!signal.aborted) {
    try {
      const server = new BoundedServer(
        { host, port },
        () => (request) => options.handle(request),
        options.limits,
      );
      logger.info(`serving ${name}`, { host, port: server.port });
      options.onListen?.(server.port);
      await closeAt(server, signal);
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `Cannot serve ${name} on ${host} port ${port}: ${reason}`;
      if (!hasComplained) options.onFail?.(message);
      if (hardFail) throw new Error(message, { cause: error });
      if (!hasComplained) logger.error(`${message}; it is tried again`);
      hasComplained = true;
      await waitFor(retryMs, signal);
    }
  }
}

async function closeAt(
  server: BoundedServer,
  signal: AbortSignal,
): Promise<void> {
  const close = (): void => server.close();
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  await server.finished;
  signal.removeEventListener("abort", close);
}
