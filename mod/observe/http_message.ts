/** Longest head of a request, bytes. */
export const MAX_HEAD_BYTES = 8_192;
/** Longest body that is read, bytes. */
export const MAX_BODY_BYTES = 1_024;

/** A request that cannot be read, with the status to answer. */
export class BadRequestError extends Error {
  /** Name of the class. */
  override readonly name: string = "BadRequestError";
  /** 400, 411, 413 or 431. */
  readonly status: number;

  /** Says what is wrong in a line. */
  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** The head of a request. */
export interface RequestHead {
  /** "GET". */
  readonly method: string;
  /** What it asks for. */
  readonly url: string;
  /** Headers. */
  readonly headers: Headers;
  /** Length of its body, bytes. */
  readonly bodyBytes: number;
}

const REQUEST_LINE = /^([A-Z]{1,16}) ([!-~]{1,4096}) HTTP\/1\.[01]$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]{1,128}):[ \t]*(.*?)[ \t]*$/;

/**
 * Reads the head of an HTTP/1 request, without the empty line that ends it.
 *
 * @throws {BadRequestError} when it is none
 */
export function parseHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) {
    throw new BadRequestError(400, "not an HTTP/1 request");
  }
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new BadRequestError(400, "a header cannot be read");
    }
    try {
      headers.append(name, value);
    } catch {
      throw new BadRequestError(400, "a header cannot be read");
    }
  }
  return {
    method,
    url: urlOf(target),
    headers,
    bodyBytes: bodyBytesOf(headers),
  };
}

/** Only path and query matter; the host that a client names does not. */
function urlOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return `http://localhost${path.startsWith("/") ? path : `/${path}`}`;
}

function bodyBytesOf(headers: Headers): number {
  if (headers.has("transfer-encoding")) return Infinity;
  const text = headers.get("content-length");
  if (text === null) return 0;
  if (!/^\d{1,15}$/.test(text)) {
    throw new BadRequestError(400, "Content-Length is no number");
  }
  return Number(text);
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  411: "Length Required",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The head of an answer; the connection ends with it. */
export function formatHead(
  { status, headers }: { readonly status: number; readonly headers: Headers },
  bodyBytes: number,
): string {
  const lines = [`HTTP/1.1 ${status} ${REASONS[status] ?? "Status"}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  lines.push(
    `content-length: ${bodyBytes}`,
    `date: ${new Date().toUTCString()}`,
    "connection: close",
  );
  return lines.join("\r\n") + "\r\n\r\n";
}
