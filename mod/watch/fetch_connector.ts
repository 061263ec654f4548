import type {
  Connector,
  ConnectorRequest,
  ConnectorResponse,
} from "./api_transport.ts";
import type { Credential } from "./credentials.ts";

/** A client with the TLS material that it was made of. */
interface Client {
  readonly http: Deno.HttpClient;
  readonly material: string;
  /** A request has been sent. */
  begun: boolean;
  /** Requests that still run. */
  running: number;
  /** Closed as soon as none runs. */
  retired: boolean;
  /** Resolved when the first request has been answered or has failed. */
  readonly first: PromiseWithResolvers<void>;
}

/** Longest time that other requests wait for the first connection, in ms. */
const FIRST_CONNECTION_MS = 2000;

/** Connections by fetch: HTTP/2 or 1.1 over rustls, with proxies. */
export class FetchConnector implements Connector {
  readonly #proxyUrl: string | undefined;
  #client: Client | undefined;

  /** `proxyUrl`: "http://...", "https://..." or "socks5://..."; or none. */
  constructor(proxyUrl?: string) {
    this.#proxyUrl = proxyUrl;
  }

  /** Sends a request. */
  async send(
    request: ConnectorRequest,
    credential: Credential,
  ): Promise<ConnectorResponse> {
    const client = this.#clientFor(credential);
    const { url, method, headers, body, signal } = request;
    const isFirst = !client.begun;
    client.begun = true;
    client.running++;
    try {
      if (!isFirst) await firstAnswer(client, signal);
      const response = await fetch(url, {
        client: client.http,
        method,
        headers,
        signal,
        redirect: "manual",
        ...(body === undefined ? {} : { body }),
      });
      client.first.resolve();
      return {
        status: response.status,
        retryAfter: response.headers.get("Retry-After"),
        body: this.#read(response, client),
      };
    } catch (error) {
      client.first.resolve();
      this.#finish(client);
      throw error;
    }
  }

  /** New requests get new connections; running ones go on. */
  reset(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    client.retired = true;
    if (client.running === 0) client.http.close();
  }

  /** Ends all connections. */
  close(): void {
    this.reset();
  }

  async *#read(
    response: Response,
    client: Client,
  ): AsyncGenerator<Uint8Array> {
    try {
      if (response.body !== null) yield* response.body;
    } finally {
      this.#finish(client);
    }
  }

  #finish(client: Client): void {
    client.running--;
    if (client.retired && client.running === 0) client.http.close();
  }

  #clientFor(credential: Credential): Client {
    const { authorities, certificate, key } = credential;
    const material = [authorities, certificate, key].join("\n");
    if (this.#client?.material === material) return this.#client;
    // Renewed on disk: the old connection serves what runs on it.
    this.reset();
    const http = Deno.createHttpClient({
      ...(authorities === undefined ? {} : { caCerts: [authorities] }),
      ...(certificate === undefined || key === undefined
        ? {}
        : { cert: certificate, key }),
      ...(this.#proxyUrl === undefined
        ? {}
        : { proxy: { url: this.#proxyUrl } }),
    });
    this.#client = {
      http,
      material,
      begun: false,
      running: 0,
      retired: false,
      first: Promise.withResolvers(),
    };
    return this.#client;
  }
}

/**
 * Requests that start together would each open a connection, since HTTP/2 is
 * agreed on only within one; those that wait for the first can share it.
 */
async function firstAnswer(
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FIRST_CONNECTION_MS);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await Promise.race([client.first.promise, promise]);
  clearTimeout(timer);
}
