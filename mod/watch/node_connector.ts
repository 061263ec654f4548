import http, { type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import tls from "node:tls";
import type {
  Connector,
  ConnectorRequest,
  ConnectorResponse,
} from "./api_transport.ts";
import type { Credential } from "./credentials.ts";
import { openTunnel } from "./tunnel.ts";

const HTTPS_PORT = 443;

/** What fetch cannot do. */
export interface NodeConnectorOptions {
  /** The server's certificate is not checked. */
  readonly skipTlsVerify: boolean;
  /** Name to ask for and to check; absent: the URL's. */
  readonly tlsServerName?: string;
  /** Proxy to go through, "http://..."; absent: none. */
  readonly proxyUrl?: string;
}

/** Connections by node:tls: HTTP/1.1, one for each running request. */
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

  async #open(
    request: ConnectorRequest,
    credential: Credential,
    controller: AbortController,
  ): Promise<IncomingMessage> {
    const url = new URL(request.url);
    const signal = AbortSignal.any([request.signal, controller.signal]);
    const { proxyUrl } = this.#options;
    const target = `${url.hostname}:${url.port || HTTPS_PORT}`;
    const tunnel = proxyUrl === undefined
      ? undefined
      : await openTunnel(proxyUrl, target, signal);
    return await new Promise((resolve, reject) => {
      const open = http.request({
        host: url.hostname,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { ...request.headers, Host: url.host },
        signal,
        createConnection: () => this.#connect(url, credential, tunnel),
      });
      open.on("response", resolve);
      open.on("error", reject);
      open.end(request.body);
    });
  }

  /** Not by node:https: that reads the system's authorities in any case. */
  #connect(
    url: URL,
    credential: Credential,
    tunnel: Socket | undefined,
  ): tls.TLSSocket {
    const { skipTlsVerify, tlsServerName } = this.#options;
    const { authorities, certificate, key } = credential;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    return tls.connect({
      ...(tunnel === undefined
        ? { host, port: Number(url.port || HTTPS_PORT) }
        : { host, socket: tunnel }),
      rejectUnauthorized: !skipTlsVerify,
      ...(authorities === undefined ? {} : { ca: authorities }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
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
