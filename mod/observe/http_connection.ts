import {
  BadRequestError,
  formatHead,
  MAX_BODY_BYTES,
  MAX_HEAD_BYTES,
  parseHead,
  type RequestHead,
} from "./http_message.ts";

/** What of a connection is used; `Deno.Conn` is one. */
export interface HttpConnection {
  /** Reads some bytes; null: the other side has ended. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some bytes. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends our side. */
  closeWrite(): Promise<void>;
  /** Ends both sides at once. */
  close(): void;
}

/** Answers a request. */
export type Handle = (request: Request) => Response | Promise<Response>;

/** A request that was sent on is drained of this many bytes at most. */
const MAX_DRAIN_BYTES = 65_536;
/** How long a client may take to end after the answer, ms. */
const LINGER_MS = 500;

/**
 * Answers one request and ends the connection. Throws nothing that a client
 * may cause; whoever opened the connection bounds its time by closing it.
 */
export async function answerOnce(
  connection: HttpConnection,
  handle: Handle,
): Promise<void> {
  try {
    const request = await readRequest(connection);
    if (request === undefined) return;
    const response = request instanceof BadRequestError
      ? new Response(`${request.message}\n`, { status: request.status })
      : await answer(request, handle);
    const isHead = !(request instanceof BadRequestError) &&
      request.method === "HEAD";
    await send(connection, response, isHead);
  } catch {
    // The client is gone, or its time is over.
  }
}

async function answer(request: Request, handle: Handle): Promise<Response> {
  try {
    return await handle(request);
  } catch {
    return new Response("internal error\n", { status: 500 });
  }
}

async function readRequest(
  connection: HttpConnection,
): Promise<Request | BadRequestError | undefined> {
  const buffer = new Uint8Array(MAX_HEAD_BYTES + MAX_BODY_BYTES);
  let filled = 0;
  const more = async (): Promise<boolean> => {
    const count = await connection.read(buffer.subarray(filled));
    filled += count ?? 0;
    return count !== null;
  };
  try {
    let end = -1;
    while ((end = headEnd(buffer, filled)) < 0) {
      if (filled >= MAX_HEAD_BYTES) {
        throw new BadRequestError(431, "the head of the request is too long");
      }
      if (!await more()) return undefined;
    }
    const head = parseHead(latin1(buffer.subarray(0, end)));
    const wanted = wantedBody(head);
    while (filled < end + 4 + wanted) if (!await more()) return undefined;
    return requestOf(head, buffer.slice(end + 4, end + 4 + wanted));
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
}

/** Where the empty line begins; below 0: it has not come yet. */
function headEnd(buffer: Uint8Array, filled: number): number {
  for (let at = 3; at < filled; at++) {
    if (
      buffer[at] === 10 && buffer[at - 1] === 13 && buffer[at - 2] === 10 &&
      buffer[at - 3] === 13
    ) return at - 3;
  }
  return -1;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Only PUT has a body that is looked at. */
function wantedBody({ method, bodyBytes }: RequestHead): number {
  if (method !== "PUT") return 0;
  if (bodyBytes === Infinity) {
    throw new BadRequestError(411, "a body needs its Content-Length");
  }
  if (bodyBytes > MAX_BODY_BYTES) {
    throw new BadRequestError(413, "the body is too long");
  }
  return bodyBytes;
}

function requestOf(
  { method, url, headers }: RequestHead,
  body: Uint8Array<ArrayBuffer>,
): Request {
  try {
    return new Request(url, {
      method,
      headers,
      ...(method === "PUT" ? { body } : {}),
    });
  } catch {
    throw new BadRequestError(400, "not a request that is answered");
  }
}

async function send(
  connection: HttpConnection,
  response: Response,
  isHead: boolean,
): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  const head = new TextEncoder().encode(formatHead(response, body.byteLength));
  await writeAll(connection, head);
  if (!isHead) await writeAll(connection, body);
  await connection.closeWrite();
  await drain(connection);
}

async function writeAll(
  connection: HttpConnection,
  bytes: Uint8Array,
): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += await connection.write(bytes.subarray(written));
  }
}

/** Reads what is left, since closing on unread bytes may cost the answer. */
async function drain(connection: HttpConnection): Promise<void> {
  const scrap = new Uint8Array(4_096);
  const timer = setTimeout(() => connection.close(), LINGER_MS);
  try {
    for (let bytes = 0; bytes < MAX_DRAIN_BYTES;) {
      const count = await connection.read(scrap);
      if (count === null) return;
      bytes += count;
    }
  } finally {
    clearTimeout(timer);
  }
}
