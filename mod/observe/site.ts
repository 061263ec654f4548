import type { Handle } from "./http_connection.ts";
import { jsonResponse, textResponse } from "./http_server.ts";

/** What answers one path. */
export interface Route {
  /** Methods besides GET and HEAD; absent: none. */
  readonly methods?: readonly string[];
  /** Answers. */
  answer(request: Request, url: URL): Response | Promise<Response>;
}

/** Answers by path: 404 for others, 405 for other methods. */
export function siteHandler(routes: ReadonlyMap<string, Route>): Handle {
  return (request) => {
    const url = new URL(request.url);
    const route = routes.get(url.pathname);
    if (route === undefined) return textResponse("404 page not found\n", 404);
    const methods = route.methods ?? ["GET", "HEAD"];
    if (methods.includes(request.method)) return route.answer(request, url);
    const refusal = textResponse("405 method not allowed\n", 405);
    refusal.headers.set("Allow", methods.join(", "));
    return refusal;
  };
}

/** A path that answers JSON. */
export function jsonRoute(
  read: (url: URL) => unknown | Promise<unknown>,
): Route {
  return {
    async answer(_request, url) {
      const value = await read(url);
      if (value === undefined) return jsonResponse(404, { error: "not found" });
      const response = jsonResponse(200, value);
      response.headers.set("Cache-Control", "no-store");
      return response;
    },
  };
}

/** A path that answers a text. */
export function textRoute(read: () => string): Route {
  return { answer: () => textResponse(read()) };
}

/** Top-level paths for `/statusz`, sorted. */
export function topPaths(routes: ReadonlyMap<string, Route>): string[] {
  const tops = new Set(
    [...routes.keys()].map((path) => `/${path.split("/")[1] ?? ""}`),
  );
  tops.delete("/");
  return [...tops].sort();
}
