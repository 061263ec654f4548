/**
 * The stand-in API server on a socket: HTTPS with client certificates and
 * bearer tokens, or plain HTTP.
 *
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { ApiStore } from "./api_store.ts";
import { authenticate, type AuthOptions, isAllowed } from "./auth.ts";
import { answerDebug } from "./debug.ts";
import { sendDocument } from "./documents.ts";
import { failure, forbidden, forbiddenPath, unauthorized } from "./errors.ts";
import {
  acceptance,
  BODY_LIMIT,
  credentialsOf,
  DEBUG_BODY_LIMIT,
  readBody,
  sendError,
  sendJson,
} from "./exchange.ts";
import { Faults } from "./faults.ts";
import { answerRequest } from "./handler.ts";
import { misbehave } from "./misbehave.ts";
import { parseRoute, type ResourceRoute, verbOf } from "./routes.ts";
import { Watches } from "./watches.ts";

/** Key, certificate and the CA of clients, as PEM. */
export interface TlsMaterial {
  /** The server's private key. */
  readonly key: string;
  /** The server's certificate. */
  readonly cert: string;
  /** The CA whose client certificates are valid. */
  readonly ca: string;
}

/** How a server behaves. */
export interface ApiServerOptions {
  /** The objects; a new empty store when absent. */
  readonly store?: ApiStore;
  /** TLS; absent: plain HTTP, where requests without credentials may all. */
  readonly tls?: TlsMaterial;
  /** Address to listen on; default 127.0.0.1. */
  readonly hostname?: string;
  /** Port to listen on; 0 or absent: any. */
  readonly port?: number;
  /** Who is let in. */
  readonly auth?: AuthOptions;
  /** Milliseconds between bookmarks; default 60,000. */
  readonly bookmarkMs?: number;
  /** Seconds that a watch lasts when it does not say; default 2,400. */
  readonly watchSeconds?: number;
  /** Whether streaming lists are offered; default true. */
  readonly streamingLists?: boolean;
}

/** A running stand-in API server. */
export class ApiServer {
  /** The objects. */
  readonly store: ApiStore;
  /** What shall go wrong. */
  readonly faults: Faults = new Faults();
  /** Requests so far, counted by "verb path". */
  readonly counts: Map<string, number> = new Map();
  readonly #options: ApiServerOptions;
  readonly #auth: AuthOptions;
  readonly #sockets = new Set<Socket>();
  readonly #watches: Watches;
  #server: Server | undefined;
  #port = 0;

  private constructor(options: ApiServerOptions) {
    this.#options = options;
    this.store = options.store ?? new ApiStore();
    this.#auth = {
      anonymousIsAdmin: options.tls === undefined,
      ...options.auth,
    };
    this.#port = options.port ?? 0;
    this.#watches = new Watches(this.store, this.faults, {
      bookmarkMs: options.bookmarkMs ?? 60_000,
      seconds: options.watchSeconds ?? 2400,
      streamingLists: options.streamingLists ?? true,
    });
  }

  /** Starts a server; it listens when the promise resolves. */
  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = new ApiServer(options);
    await server.listen();
    return server;
  }

  /** Listens, again after {@linkcode stop} on the same port. */
  async listen(): Promise<void> {
    const { tls, hostname = "127.0.0.1" } = this.#options;
    const handler = (request: IncomingMessage, response: ServerResponse) => {
      this.#handle(request, response).catch((error) =>
        sendError(response, error)
      );
    };
    const server: Server = tls === undefined
      ? createServer(handler)
      : createTlsServer(
        { ...tls, requestCert: true, rejectUnauthorized: false },
        handler,
      );
    server.on("connection", (socket) => this.#keep(socket));
    server.on("secureConnection", (socket: Socket) => this.#keep(socket));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.#port, hostname, () => resolve());
    await promise;
    const address = server.address();
    this.#port = typeof address === "object" ? address?.port ?? 0 : 0;
    this.#server = server;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => this.#sockets.delete(socket));
  }

  /** Port it listens on. */
  get port(): number {
    return this.#port;
  }

  /** Its address, such as "https://127.0.0.1:6443". */
  get url(): string {
    const { tls, hostname = "127.0.0.1" } = this.#options;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return `${tls === undefined ? "http" : "https"}://${host}:${this.#port}`;
  }

  /** Watches that run now. */
  get watchCount(): number {
    return this.#watches.count;
  }

  /** Cuts all connections; new ones are accepted. */
  sever(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Stops listening and cuts all connections; the objects stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    this.#watches.stopAll();
    this.sever();
    await promise;
  }

  /** Lets tests say `await using server = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #count(verb: string, path: string): void {
    const key = `${verb} ${path}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  async #handle(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url ?? "/", "http://server");
    const method = request.method ?? "GET";
    const route = parseRoute(url.pathname);
    const verb = route === undefined
      ? method.toLowerCase()
      : verbOf(method, route, url.searchParams);
    this.#count(verb, url.pathname);
    const isDebug = url.pathname.startsWith("/debug/");
    const limit = isDebug ? DEBUG_BODY_LIMIT : BODY_LIMIT;
    const body = method === "GET"
      ? new Uint8Array()
      : await readBody(request, limit);
    this.#authorize(request, { verb, path: url.pathname, route });
    if (isDebug) {
      const text = new TextDecoder().decode(body);
      const answer = answerDebug(this, {
        method,
        path: url.pathname,
        body: text === "" ? {} : JSON.parse(text),
      });
      return sendJson(response, { code: 200, text: JSON.stringify(answer) });
    }
    const target = { verb, path: `${url.pathname}${url.search}` };
    const isStopped = await misbehave(this.faults, target, request);
    if (isStopped) return;
    if (route === undefined) return sendDocument(url, request, response);
    const { isJson, asTable } = acceptance(request.headers.accept ?? "");
    if (!isJson) {
      throw failure(
        406,
        "only the following media types are accepted: application/json",
      );
    }
    if (verb === "watch") {
      const { searchParams: query } = url;
      return this.#watches.open({ route, query, asTable, target }, response);
    }
    const answer = answerRequest(this.store, {
      route,
      verb: verbOf(method, route, url.searchParams),
      query: url.searchParams,
      contentType: request.headers["content-type"] ?? "",
      asTable,
      userAgent: request.headers["user-agent"] ?? "",
      body,
    });
    sendJson(response, answer);
  }

  #authorize(
    request: IncomingMessage,
    asked: {
      readonly verb: string;
      readonly path: string;
      readonly route: ResourceRoute | undefined;
    },
  ): void {
    const user = authenticate(credentialsOf(request), this.#auth);
    if (user === undefined) throw unauthorized();
    const { verb, path, route } = asked;
    const resource = route?.info.plural ?? "";
    const group = route?.info.group ?? "";
    if (isAllowed({ user, verb, resource, group, path }, this.#auth)) return;
    if (route === undefined) throw forbiddenPath(user.name, verb, path);
    throw forbidden(user.name, verb, { ...route.info, ...route });
  }
}
