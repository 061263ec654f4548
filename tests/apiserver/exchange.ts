/**
 * One request on its way through the server: who asks, what goes wrong on
 * purpose, the answer.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Credentials } from "./auth.ts";
import { ApiError, bodyTooLarge, failure } from "./errors.ts";

/** Bytes of a body that are taken, as by the real server. */
export const BODY_LIMIT = 3 * 1024 * 1024;
/** Objects that no server would take may be larger. */
export const DEBUG_BODY_LIMIT = 32 * 1024 * 1024;

function subjectPart(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.map(String) : [];
}

/** What a request shows of its client. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const { authorization } = request.headers;
  const socket = request.socket as Partial<TLSSocket>;
  const subject = socket.getPeerCertificate?.()?.subject;
  if (subject === undefined || subject === null) return { authorization };
  return {
    authorization,
    certificate: {
      commonName: subjectPart(subject.CN)[0] ?? "",
      organizations: subjectPart(subject.O),
      isValid: socket.authorized === true,
    },
  };
}

/** Reads a body; throws 413 when it is too large. */
export async function readBody(
  request: IncomingMessage,
  limit: number = BODY_LIMIT,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    // The rest is read and dropped: a client that still writes hears nothing.
    if (size <= limit) chunks.push(bytes);
  }
  if (size > limit) throw bodyTooLarge(limit);
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** Whether a client takes JSON, and whether it would rather have a Table. */
export function acceptance(
  accept: string,
): { readonly isJson: boolean; readonly asTable: boolean } {
  const types = accept.split(",").map((type) => type.trim());
  const first = types[0] ?? "";
  return {
    isJson: accept === "" ||
      types.some((type) => /^(application\/(json|\*)|\*\/\*)(;|$)/.test(type)),
    asTable: first.startsWith("application/json") &&
      first.includes("as=Table"),
  };
}

/** Sends a JSON answer. */
export function sendJson(
  response: ServerResponse,
  answer: { readonly code: number; readonly text: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(answer.code, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
    ...headers,
  });
  response.end(answer.text);
}

/** Sends a refusal; anything that is none becomes 500. */
export function sendError(response: ServerResponse, error: unknown): void {
  const refusal = error instanceof ApiError
    ? error
    : failure(500, error instanceof Error ? error.message : String(error));
  const details = refusal.status["details"];
  const seconds = typeof details === "object" && details !== null &&
      "retryAfterSeconds" in details
    ? details.retryAfterSeconds
    : undefined;
  const headers = seconds === undefined
    ? undefined
    : { "retry-after": String(seconds) };
  const text = JSON.stringify(refusal.status);
  sendJson(response, { code: refusal.code, text }, headers);
}
