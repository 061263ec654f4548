import http from "node:http";
import type { Socket } from "node:net";
import { TransportError } from "./transport.ts";

/** Longest time that a proxy may take to open a tunnel, in ms. */
const TUNNEL_MS = 30_000;

/**
 * Opens a way to a server through an HTTP proxy (CONNECT).
 *
 * @throws {TransportError} when the proxy refuses or is silent
 */
export function openTunnel(
  proxyUrl: string,
  target: string,
  signal: AbortSignal,
): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  const shown = `${proxy.protocol}//${proxy.host}`;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const request = http.request({
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: Number(proxy.port || 80),
    method: "CONNECT",
    path: target,
    headers: { Host: target, ...authorizationOf(proxy) },
    signal,
    timeout: TUNNEL_MS,
  });
  request.on("connect", ({ statusCode }, socket) => {
    if (statusCode === 200) return resolve(socket as Socket);
    socket.destroy();
    const why = statusCode === 407
      ? "it wants a name and password, which belong into its URL"
      : `it answered HTTP ${statusCode}`;
    reject(
      new TransportError(`Cannot go through the proxy ${shown}: ${why}`),
    );
  });
  request.on("timeout", () => {
    request.destroy(new Error(`the proxy ${shown} timed out`));
  });
  request.on("error", reject);
  request.end();
  return promise;
}

function authorizationOf(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === "") return {};
  const name = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  const pair = btoa(`${name}:${password}`);
  return { "Proxy-Authorization": `Basic ${pair}` };
}
