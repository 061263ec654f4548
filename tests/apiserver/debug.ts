/**
 * The stand-in's own paths under `/debug/`: faults, compaction, malformed
 * objects and what was asked so far, for tests in another process.
 *
 * @module
 */
import type { ApiStore } from "./api_store.ts";
import { badRequest, methodNotAllowed, noSuchPath } from "./errors.ts";
import type { Fault, Faults } from "./faults.ts";
import { at, isObject, type Json, objectOf, textOf } from "./json.ts";
import { kindNamed } from "./kinds.ts";

/** What the debug paths act on. */
export interface DebugTarget {
  /** The objects. */
  readonly store: ApiStore;
  /** The faults. */
  readonly faults: Faults;
  /** Requests so far, counted by verb and path. */
  readonly counts: ReadonlyMap<string, number>;
  /** Cuts all connections. */
  sever(): void;
}

function addFaults(target: DebugTarget, body: Json): Json {
  const faults = Array.isArray(body) ? body : [body];
  for (const fault of faults) {
    if (textOf(at(fault, "fault")) === "") {
      throw badRequest('a fault needs the field "fault"');
    }
    try {
      target.faults.add(fault as Fault);
    } catch (error) {
      throw badRequest(error instanceof Error ? error.message : String(error));
    }
  }
  return { added: faults.length };
}

function putMalformed(target: DebugTarget, body: Json): Json {
  const object = at(body, "object");
  const key = textOf(at(body, "key"));
  if (!isObject(object) || key === "") {
    throw badRequest('"kind", "key" and "object" are needed');
  }
  try {
    target.store.putMalformed(
      kindNamed(textOf(at(body, "kind"))),
      key,
      object,
    );
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
  return { put: key };
}

/** Answers a request to a debug path; throws refusals. */
export function answerDebug(
  target: DebugTarget,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body: Json;
  },
): Json {
  const { method, path, body } = request;
  switch (`${method} ${path}`) {
    case "GET /debug/faults":
      return target.faults.pending.map((fault): Json => ({ ...fault }));
    case "POST /debug/faults":
      return addFaults(target, body);
    case "DELETE /debug/faults":
      target.faults.clear();
      return {};
    case "POST /debug/compact": {
      const version = at(objectOf(body), "version");
      target.store.compact(typeof version === "number" ? version : undefined);
      return { version: target.store.versions.version };
    }
    case "POST /debug/objects":
      return putMalformed(target, body);
    case "POST /debug/sever":
      target.sever();
      return {};
    case "GET /debug/requests":
      return Object.fromEntries(target.counts);
  }
  if (/^\/debug\/(faults|compact|objects|sever|requests)$/.test(path)) {
    throw methodNotAllowed();
  }
  throw noSuchPath();
}
