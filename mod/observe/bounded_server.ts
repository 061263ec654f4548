import { answerOnce, type Handle } from "./http_connection.ts";

/** At most so many connections at a time. */
const MOST_CONNECTIONS = 64;
/** A request must have been answered by then, ms. */
const TIME_LIMIT_MS = 10_000;
/** After an error of accepting, ms. */
const PAUSE_MS = 100;

/** Bounds of a server. */
export interface ServerLimits {
  /** Connections at a time; default 64. The oldest makes room for the next. */
  readonly connections?: number;
  /** From the first byte to the last, ms; default 10,000. */
  readonly timeLimitMs?: number;
  /** Where several servers share one bound: see `newConnections`. */
  readonly live?: Connections;
}

/** Connections that are open. */
export type Connections = Set<{ close(): void }>;

/** Has several servers share one bound. */
export function newConnections(): Connections {
  return new Set();
}

/** What of a socket that listens is used. */
interface Socket {
  readonly addr: Deno.NetAddr;
  accept(): Promise<Deno.TcpConn>;
  close(): void;
}

/** Makes the handler of a connection to a local and a remote address. */
export type HandleOf = (connection: {
  /** The client's address. */
  readonly remote: string;
  /** Address that it came to. */
  readonly local: string;
}) => Handle;

/**
 * An HTTP/1 server of one request a connection, which no client can hurt:
 * the number of connections, their time and their size are bounded.
 */
export class BoundedServer {
  readonly #socket: Socket;
  readonly #handleOf: HandleOf;
  readonly #limits: Required<Omit<ServerLimits, "live">>;
  readonly #live: Connections;
  readonly #own: Connections = new Set();
  /** Settles when it is closed. */
  readonly finished: Promise<void>;

  /**
   * Listens.
   *
   * @throws {Error} when the address cannot be bound
   */
  constructor(
    bind: { readonly host: string; readonly port: number },
    handleOf: HandleOf,
    limits: ServerLimits = {},
  ) {
    this.#socket = Deno.listen({ hostname: bind.host, port: bind.port });
    this.#handleOf = handleOf;
    this.#limits = {
      connections: limits.connections ?? MOST_CONNECTIONS,
      timeLimitMs: limits.timeLimitMs ?? TIME_LIMIT_MS,
    };
    this.#live = limits.live ?? new Set();
    this.finished = this.#accept();
  }

  /** Port that it listens on. */
  get port(): number {
    return this.#socket.addr.port;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#own.size;
  }

  /** Listens no more and ends all connections. */
  close(): void {
    shut(this.#socket);
    for (const connection of this.#own) shut(connection);
  }

  /** Listens no more; connections that are open get their answer. */
  closeGently(): void {
    shut(this.#socket);
  }

  async #accept(): Promise<void> {
    const answers = new Set<Promise<void>>();
    while (true) {
      let connection: Deno.TcpConn;
      try {
        connection = await this.#socket.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) break;
        if (error instanceof Deno.errors.Interrupted) break;
        // Too many open files, or a client that is gone already.
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        continue;
      }
      const answer: Promise<void> = this.#answer(connection)
        .finally(() => answers.delete(answer));
      answers.add(answer);
    }
    await Promise.all(answers);
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    const [oldest] = this.#live;
    if (oldest !== undefined && this.#live.size >= this.#limits.connections) {
      this.#live.delete(oldest);
      shut(oldest);
    }
    this.#live.add(connection);
    this.#own.add(connection);
    const timer = setTimeout(() => shut(connection), this.#limits.timeLimitMs);
    try {
      const { localAddr, remoteAddr } = connection;
      await answerOnce(
        connection,
        this.#handleOf({
          local: localAddr.hostname,
          remote: remoteAddr.hostname,
        }),
      );
    } finally {
      clearTimeout(timer);
      this.#live.delete(connection);
      this.#own.delete(connection);
      shut(connection);
    }
  }
}

function shut(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It has been closed before.
  }
}
