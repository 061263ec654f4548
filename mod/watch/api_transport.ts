import { parseRetryAfter } from "./backoff.ts";
import { type Credential, Credentials } from "./credentials.ts";
import { FetchConnector } from "./fetch_connector.ts";
import { type ClusterAccess, KubeconfigError } from "./access.ts";
import { leaveOut, nameProxy } from "./proxy.ts";
import { explainConnection } from "./tls_errors.ts";
import {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "./transport.ts";

/** A request with all that it needs, for a connector. */
export interface ConnectorRequest {
  /** Whole URL. */
  readonly url: string;
  /** HTTP method. */
  readonly method: string;
  /** All headers. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly body?: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The head of an answer, and its body. */
export interface ConnectorResponse {
  /** HTTP status. */
  readonly status: number;
  /** Retry-After as it came; null: none. */
  readonly retryAfter: string | null;
  /** The body as it arrives; leaving the loop ends the request. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Makes connections; one for each HTTP library. */
export interface Connector {
  /** Sends a request; throws what its library throws. */
  send(
    request: ConnectorRequest,
    credential: Credential,
  ): Promise<ConnectorResponse>;
  /** New requests get new connections. */
  reset(): void;
  /** Ends all connections. */
  close(): void;
}

/** The way to a real API server. */
export interface ApiTransport extends Transport {
  /** URL of the server, for messages and the warning of design decision 19. */
  readonly server: string;
  /** Ends all connections. */
  close(): void;
}

/** Name that the API server's logs show. */
const USER_AGENT = "kube-proxy-ipvs";

/** Opens the way to an API server; connects at the first request only. */
export async function openTransport(
  access: ClusterAccess,
): Promise<ApiTransport> {
  return new HttpTransport(access, await connectorFor(access));
}

/**
 * fetch speaks HTTP/2, so that all watches share one connection, and knows
 * proxies; what it cannot do is left to node:tls.
 */
async function connectorFor(access: ClusterAccess): Promise<Connector> {
  const { skipTlsVerify, tlsServerName, proxyUrl, server } = access;
  if (access.isDirect === true) leaveOut(server, Deno.env);
  const secure = server.startsWith("https:");
  if (!secure || (!skipTlsVerify && tlsServerName === undefined)) {
    return new FetchConnector(proxyUrl);
  }
  if (proxyUrl !== undefined && !proxyUrl.startsWith("http:")) {
    throw new KubeconfigError(
      `Cannot use the proxy ${nameProxy(proxyUrl)} together with ` +
        "insecure-skip-tls-verify or tls-server-name: only a proxy of " +
        "http://... can be; or leave these out of the kubeconfig",
    );
  }
  const { NodeConnector } = await import("./node_connector.ts");
  return new NodeConnector({
    skipTlsVerify,
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  });
}

class HttpTransport implements ApiTransport {
  readonly server: string;
  readonly #credentials: Credentials;
  readonly #connector: Connector;

  constructor(access: ClusterAccess, connector: Connector) {
    this.server = access.server;
    this.#credentials = new Credentials(access);
    this.#connector = connector;
  }

  async send(
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<TransportResponse> {
    const credential = await this.#credentials.current();
    const { body, contentType = "application/json" } = request;
    const response = await this.#explain(() =>
      this.#connector.send({
        url: `${this.server}${request.path}`,
        method: request.method ?? "GET",
        headers: {
          Accept: request.accept ?? "application/json",
          "User-Agent": USER_AGENT,
          ...(body === undefined ? {} : { "Content-Type": contentType }),
          ...credential.headers,
        },
        ...(body === undefined ? {} : { body }),
        signal,
      }, credential)
    );
    if (response.status === 401) this.#credentials.invalidate();
    const seconds = parseRetryAfter(response.retryAfter, Date.now());
    return {
      status: response.status,
      ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
      body: this.#read(response.body),
    };
  }

  reset(): void {
    this.#connector.reset();
  }

  close(): void {
    this.#connector.close();
  }

  async *#read(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      while (true) {
        const { done, value } = await this.#explain(() => iterator.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      // A body that is broken already cannot be ended once more.
      await iterator.return?.().catch(() => {});
    }
  }

  async #explain<Value>(act: () => Promise<Value>): Promise<Value> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof TransportError) throw error;
      throw new TransportError(explainConnection(this.server, error), {
        cause: error,
      });
    }
  }
}
