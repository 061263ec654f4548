/**
 * The watches that run on a server's connections, and the faults that reach
 * them.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import type { ApiStore } from "./api_store.ts";
import type { Faults, FaultTarget } from "./faults.ts";
import { at, compact, type JsonObject } from "./json.ts";
import type { ResourceRoute } from "./routes.ts";
import { tableOf } from "./tables.ts";
import { WatchSession } from "./watch.ts";

/** How watches behave. */
export interface WatchesOptions {
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs: number;
  /** Seconds that a watch lasts when it does not say. */
  readonly seconds: number;
  /** Whether streaming lists are offered. */
  readonly streamingLists: boolean;
}

/** A request to watch. */
export interface OpenRequest {
  /** What is watched. */
  readonly route: ResourceRoute;
  /** The query. */
  readonly query: URLSearchParams;
  /** Whether rows are wanted rather than objects. */
  readonly asTable: boolean;
  /** The request as faults see it. */
  readonly target: FaultTarget;
}

interface Running {
  readonly session: WatchSession;
  readonly target: FaultTarget;
}

/** All watches of a server. */
export class Watches {
  readonly #store: ApiStore;
  readonly #faults: Faults;
  readonly #options: WatchesOptions;
  readonly #running = new Set<Running>();

  /** Makes the collection, empty. */
  constructor(store: ApiStore, faults: Faults, options: WatchesOptions) {
    this.#store = store;
    this.#faults = faults;
    this.#options = options;
    faults.follow(() => {
      for (const running of [...this.#running]) this.#misbehave(running);
    });
  }

  /** How many run. */
  get count(): number {
    return this.#running.size;
  }

  /** Answers a request with a watch; throws what it is refused with. */
  open(request: OpenRequest, response: ServerResponse): void {
    const { route, query, asTable, target } = request;
    const { info, namespace } = route;
    const render = (object: JsonObject): string => {
      const metadata = compact({
        resourceVersion: at(object, "metadata", "resourceVersion"),
      });
      const nowMs = Date.now();
      return JSON.stringify(tableOf(info, [object], { metadata, nowMs }));
    };
    const session = new WatchSession(this.#store.versions, {
      ...this.#options,
      info,
      query,
      ...(namespace === undefined ? {} : { namespace }),
      ...(asTable ? { render } : {}),
    }, {
      write: (text) => response.write(text),
      end: () => {
        this.#running.delete(running);
        response.end();
      },
      destroy: () => {
        this.#running.delete(running);
        response.socket?.destroy();
      },
    });
    const running = { session, target };
    this.#running.add(running);
    response.on("close", () => {
      session.stop();
      this.#running.delete(running);
    });
    response.writeHead(200, {
      "content-type": "application/json",
      "cache-control": "no-cache, private",
    });
    response.flushHeaders();
    session.start();
    this.#misbehave(running);
  }

  /** Does at most one fault to a watch, so that a count is of watches. */
  #misbehave(running: Running): void {
    if (!running.session.isOpen) return;
    const fault = this.#faults.takeForWatch(running.target);
    if (fault !== undefined) running.session.apply(fault);
  }

  /** Ends all of them. */
  stopAll(): void {
    for (const { session } of this.#running) session.stop();
    this.#running.clear();
  }
}
