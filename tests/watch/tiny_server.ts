import http from "node:http";
import https from "node:https";

/** A request as the tiny server saw it. */
export interface SeenRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path and query. */
  readonly url: URL;
  /** Headers, names in lower case. */
  readonly headers: http.IncomingHttpHeaders;
  /** Common name of the client certificate; empty: none. */
  readonly clientName: string;
  /** Body. */
  readonly body: string;
}

/** Answers one request by hand. */
export type Answer = (
  request: SeenRequest,
  response: http.ServerResponse,
) => void | Promise<void>;

/** A real server on loopback whose answers the test writes byte by byte. */
export class TinyServer implements AsyncDisposable {
  /** All requests so far. */
  readonly requests: SeenRequest[] = [];
  readonly #server: http.Server;
  readonly #sockets: Set<{ destroy(): void }> = new Set();
  readonly #scheme: string;
  #answers: Answer[] = [];

  private constructor(tls?: https.ServerOptions) {
    this.#scheme = tls === undefined ? "http" : "https";
    const handler: http.RequestListener = (request, response) => {
      this.#serve(request, response);
    };
    this.#server = tls === undefined
      ? http.createServer(handler)
      : https.createServer(tls, handler);
    this.#server.on(
      tls === undefined ? "connection" : "secureConnection",
      (socket) => {
        this.#sockets.add(socket);
        socket.on("close", () => this.#sockets.delete(socket));
        socket.on("error", () => {});
      },
    );
  }

  /** Starts one; without `tls` it speaks plain HTTP. */
  static start(tls?: https.ServerOptions): Promise<TinyServer> {
    const tiny = new TinyServer(tls);
    return new Promise((resolve) => {
      tiny.#server.listen(0, "127.0.0.1", () => resolve(tiny));
    });
  }

  /** Its URL. */
  get url(): string {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : 0;
    return `${this.#scheme}://127.0.0.1:${port}`;
  }

  /** The requests to come are answered by these, the last one for ever. */
  script(...answers: Answer[]): void {
    this.#answers = answers;
  }

  /** Cuts all connections, as a crash does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  async #serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const socket = request.socket as unknown as {
      getPeerCertificate?(): { subject?: { CN?: string } } | null;
    };
    let body = "";
    for await (const chunk of request) body += chunk;
    const seen: SeenRequest = {
      method: request.method ?? "",
      url: new URL(request.url ?? "/", this.url),
      headers: request.headers,
      clientName: socket.getPeerCertificate?.()?.subject?.CN ?? "",
      body,
    };
    this.requests.push(seen);
    const answer = this.#answers.length > 1
      ? this.#answers.shift()
      : this.#answers[0];
    await answer?.(seen, response);
  }
}
