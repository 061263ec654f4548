/** An answer whose body is still to come. */
export interface TransportResponse {
  /** HTTP status. */
  readonly status: number;
  /** Retry-After in seconds; absent: none. */
  readonly retryAfterSeconds?: number;
  /** The body as it arrives. Leaving the loop ends the request. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A request to the API server. */
export interface TransportRequest {
  /** Absent: GET. */
  readonly method?: "GET" | "POST" | "PATCH";
  /** Path and query. */
  readonly path: string;
  /** Absent: JSON. */
  readonly accept?: string;
  /** JSON text; absent: none. */
  readonly body?: string;
  /** Of the body; absent: JSON. */
  readonly contentType?: string;
}

/** The way to the API server: TLS and credentials are its own affair. */
export interface Transport {
  /**
   * Sends a request; resolves when the head of the answer is there. Throws a
   * `TransportError` whose message says what a user can do.
   */
  send(
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<TransportResponse>;
  /** The next request opens a new connection: this one may be dead. */
  reset(): void;
}

/** The API server could not be asked; the message says why and what to do. */
export class TransportError extends Error {
  /** Its name. */
  override readonly name: string = "TransportError";
}

/** Time as an argument. */
export interface Clock {
  /** Monotonic, in ms. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
