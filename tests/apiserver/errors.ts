/**
 * The API server's refusals: `Status` objects with the words of a real one.
 *
 * @module
 */
import { compact, type Json, type JsonObject } from "./json.ts";

/** A refusal; its `status` is the body of the answer. */
export class ApiError extends Error {
  /** Name of the class. */
  override readonly name = "ApiError";
  /** HTTP status code. */
  readonly code: number;
  /** The body of the answer. */
  readonly status: JsonObject;

  /** Makes a refusal from what a `Status` says. */
  constructor(
    code: number,
    text: {
      readonly message: string;
      readonly reason?: string;
      readonly details?: JsonObject;
      readonly metadata?: JsonObject;
    },
  ) {
    super(text.message);
    this.code = code;
    this.status = compact({
      kind: "Status",
      apiVersion: "v1",
      metadata: text.metadata ?? {},
      status: "Failure",
      message: text.message,
      reason: text.reason,
      details: text.details,
      code,
    });
  }
}

/** What an error is about: the plural of the kind, its group, a name. */
export interface Subject {
  /** Plural, such as "services". */
  readonly plural: string;
  /** API group; empty for the core one. */
  readonly group: string;
  /** Name of the object, when there is one. */
  readonly name?: string;
}

function qualified(subject: Subject): string {
  return subject.group === ""
    ? subject.plural
    : `${subject.plural}.${subject.group}`;
}

function details(subject: Subject): JsonObject {
  return compact({
    name: subject.name,
    group: subject.group === "" ? undefined : subject.group,
    kind: subject.plural,
  });
}

/** 401: no valid credential. */
export function unauthorized(): ApiError {
  return new ApiError(401, { message: "Unauthorized", reason: "Unauthorized" });
}

/** 403: the user may not do this. */
export function forbidden(
  user: string,
  verb: string,
  subject: Subject & { readonly namespace?: string },
): ApiError {
  const where = subject.namespace === undefined
    ? "at the cluster scope"
    : `in the namespace "${subject.namespace}"`;
  const named = subject.name === undefined ? "" : ` "${subject.name}"`;
  return new ApiError(403, {
    message: `${
      qualified(subject)
    }${named} is forbidden: User "${user}" cannot ${verb} resource "${subject.plural}" in API group "${subject.group}" ${where}`,
    reason: "Forbidden",
    details: details(subject),
  });
}

/** 403 for a path that is no resource. */
export function forbiddenPath(
  user: string,
  verb: string,
  path: string,
): ApiError {
  return new ApiError(403, {
    message: `forbidden: User "${user}" cannot ${verb} path "${path}"`,
    reason: "Forbidden",
    details: {},
  });
}

/** 404 for an object. */
export function notFound(subject: Subject): ApiError {
  return new ApiError(404, {
    message: `${qualified(subject)} "${subject.name ?? ""}" not found`,
    reason: "NotFound",
    details: details(subject),
  });
}

/** 404 for a path. */
export function noSuchPath(): ApiError {
  return new ApiError(404, {
    message: "the server could not find the requested resource",
    reason: "NotFound",
    details: {},
  });
}

/** 405: the path does not take this method. */
export function methodNotAllowed(): ApiError {
  return new ApiError(405, {
    message: "the server does not allow this method on the requested resource",
    reason: "MethodNotAllowed",
    details: {},
  });
}

/** 409: an object of that name is there. */
export function alreadyExists(subject: Subject): ApiError {
  return new ApiError(409, {
    message: `${qualified(subject)} "${subject.name ?? ""}" already exists`,
    reason: "AlreadyExists",
    details: details(subject),
  });
}

/** 409: the write was based on another version. */
export function conflict(
  subject: Subject,
  why =
    "the object has been modified; please apply your changes to the latest version and try again",
): ApiError {
  return new ApiError(409, {
    message: `Operation cannot be fulfilled on ${qualified(subject)} "${
      subject.name ?? ""
    }": ${why}`,
    reason: "Conflict",
    details: details(subject),
  });
}

/** 410: that version is no longer kept. */
export function expired(message: string, metadata?: JsonObject): ApiError {
  return new ApiError(410, {
    message,
    reason: "Expired",
    ...(metadata === undefined ? {} : { metadata }),
  });
}

/** 413: the body is too large. */
export function bodyTooLarge(limit: number): ApiError {
  return new ApiError(413, {
    message: `Request entity too large: limit is ${limit}`,
    reason: "RequestEntityTooLarge",
  });
}

/** 415: the body's format is unknown. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(415, {
    message:
      `the body of the request was in an unknown format - accepted media types include: ${
        accepted.join(", ")
      }`,
    reason: "UnsupportedMediaType",
  });
}

/** 400: the request makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, { message, reason: "BadRequest" });
}

/** One field that is wrong, for a 422. */
export interface Cause {
  /** Reason word, such as "FieldValueInvalid". */
  readonly reason: string;
  /** What is wrong with it. */
  readonly message: string;
  /** Path of the field. */
  readonly field: string;
}

/** 422: the object breaks a rule. */
export function invalid(
  kind: { readonly kind: string; readonly group: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = texts.length === 1 ? texts[0] ?? "" : `[${texts.join(", ")}]`;
  return new ApiError(422, {
    message: `${
      kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`
    } "${name}" is invalid: ${list}`,
    reason: "Invalid",
    details: compact({
      name,
      group: kind.group === "" ? undefined : kind.group,
      kind: kind.kind,
      causes: causes.map((cause): Json => ({ ...cause })),
    }),
  });
}

/** 429: come back later. */
export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(429, {
    message: "Too many requests, please try again later.",
    reason: "TooManyRequests",
    details: { retryAfterSeconds },
  });
}

/** 504: the version asked for lies in the future. */
export function versionTooLarge(asked: number, current: number): ApiError {
  return new ApiError(504, {
    message:
      `Timeout: Too large resource version: ${asked}, current: ${current}`,
    reason: "Timeout",
    details: {
      causes: [{
        reason: "ResourceVersionTooLarge",
        message: "Too large resource version",
      }],
      retryAfterSeconds: 1,
    },
  });
}

/** 500 and other statuses that say nothing more. */
export function failure(code: number, message: string): ApiError {
  const reason = code === 500
    ? "InternalError"
    : code === 503
    ? "ServiceUnavailable"
    : code === 504
    ? "Timeout"
    : undefined;
  return new ApiError(code, {
    message,
    ...(reason === undefined ? {} : { reason }),
  });
}
