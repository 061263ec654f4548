import type { IncomingMessage } from "node:http";
import https from "node:https";
import type {
  Connector,
  ConnectorRequest,
  ConnectorResponse,
} from "./api_transport.ts";
import type { Credential } from "./credentials.ts";

/** What fetch cannot do. */
export interface NodeConnectorOptions {
  /** The server's certificate is not checked. */
  readonly skipTlsVerify: boolean;
  /** Name to ask for and to check; absent: the URL's. */
  readonly tlsServerName?: string;
}

/** Connections by node:https: HTTP/1.1, one for each running request. */
export class NodeConnector implements Connector {
  readonly #options: NodeConnectorOptions;
  readonly #running: Set<AbortController> = new Set();

  /** For one server. */
  constructor(options: NodeConnectorOptions) {
    this.#options = options;
  }

  /** Sends a request. */
  async send(
    request: ConnectorRequest,
    credential: Credential,
  ): Promise<ConnectorResponse> {
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      const message = await this.#open(request, credential, controller);
      return {
        status: message.statusCode ?? 0,
        retryAfter: message.headers["retry-after"] ?? null,
        body: this.#read(message, controller),
      };
    } catch (error) {
      this.#running.delete(controller);
      throw error;
    }
  }

  /** Each request has its own connection: there is nothing to replace. */
  reset(): void {}

  /** Ends all connections. */
  close(): void {
    for (const controller of this.#running) controller.abort();
  }

  #open(
    request: ConnectorRequest,
    credential: Credential,
    controller: AbortController,
  ): Promise<IncomingMessage> {
    const { skipTlsVerify, tlsServerName } = this.#options;
    const { authorities, certificate, key } = credential;
    return new Promise((resolve, reject) => {
      const open = https.request(request.url, {
        agent: false,
        method: request.method,
        headers: request.headers,
        rejectUnauthorized: !skipTlsVerify,
        signal: AbortSignal.any([request.signal, controller.signal]),
        ...(authorities === undefined ? {} : { ca: authorities }),
        ...(certificate === undefined ? {} : { cert: certificate }),
        ...(key === undefined ? {} : { key }),
        ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
      });
      open.on("response", resolve);
      open.on("error", reject);
      open.end(request.body);
    });
  }

  async *#read(
    message: IncomingMessage,
    controller: AbortController,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* message as AsyncIterable<Uint8Array>;
    } finally {
      message.destroy();
      this.#running.delete(controller);
    }
  }
}
