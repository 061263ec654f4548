/**
 * Answers on paths that name no objects: health, OpenAPI, discovery.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { discoveryDocument } from "./discovery.ts";
import { noSuchPath } from "./errors.ts";
import { sendJson } from "./exchange.ts";

/** Media type of `/openapi/v2` as protobuf. */
const OPENAPI_TYPE =
  "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** Answers a path that names no objects; throws 404. */
export function sendDocument(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(url.pathname)) {
    response.writeHead(200, { "content-type": "text/plain" });
    response.end("ok");
    return;
  }
  if (url.pathname === "/openapi/v2") {
    // kubectl takes a document that defines nothing and then checks nothing;
    // in protobuf that is no bytes at all.
    const isProto = (request.headers.accept ?? "").includes("protobuf");
    response.writeHead(200, {
      "content-type": isProto ? OPENAPI_TYPE : "application/json",
    });
    response.end(
      isProto ? "" : '{"swagger":"2.0","paths":{},"definitions":{}}',
    );
    return;
  }
  const document = discoveryDocument(url.pathname, request.headers.host ?? "");
  if (document === undefined) throw noSuchPath();
  sendJson(response, { code: 200, text: JSON.stringify(document) });
}
