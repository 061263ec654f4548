/**
 * A server on a socket and a client of it, for tests.
 *
 * @module
 */
import { lacks, LOOPBACK } from "../support/permission.ts";
import { ApiStore } from "./api_store.ts";
import type { Json } from "./json.ts";
import { ApiServer, type ApiServerOptions } from "./server.ts";

const ignore = lacks("the stand-in on a socket", LOOPBACK);

/** Path of all Services. */
export const SERVICES = "/api/v1/services";
/** Path of the Services of the namespace "default". */
export const DEFAULT = "/api/v1/namespaces/default/services";

/** A test with a server of its own. */
export function test(
  name: string,
  run: (server: ApiServer) => Promise<void>,
  options: ApiServerOptions = {},
): void {
  Deno.test(name, { ignore }, async () => {
    const store = new ApiStore();
    await using server = await ApiServer.start({ store, ...options });
    await run(server);
  });
}

/** An answer. */
export interface Answered {
  /** HTTP status code. */
  readonly code: number;
  /** The body, parsed when it is JSON. */
  readonly body: Json;
  /** The headers. */
  readonly headers: Headers;
}

/** Asks and reads the whole answer. */
export async function ask(
  server: ApiServer,
  path: string,
  init: {
    readonly method?: string;
    readonly body?: Json;
    readonly type?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answered> {
  const { method = "GET", body, type = "application/json", headers = {} } =
    init;
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { "content-type": type }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return {
    code: response.status,
    body: isJson ? JSON.parse(text) : text,
    headers: response.headers,
  };
}

/** The lines of a watch, until it ends or so many have come. */
export async function watch(
  server: ApiServer,
  query: string,
  options: { readonly lines: number; readonly act?: () => void },
): Promise<readonly string[]> {
  const abort = new AbortController();
  const { signal } = abort;
  const path = `${server.url}${SERVICES}?watch=1&${query}`;
  const response = await fetch(path, { signal });
  options.act?.();
  const lines: string[] = [];
  let rest = "";
  const body = response.body ?? new ReadableStream();
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const parts = `${rest}${text}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    if (lines.length >= options.lines) break;
  }
  abort.abort();
  return lines;
}
