import type { Expected } from "./oracle.ts";

/**
 * What has been so in every state since the agent was last at rest: it has
 * to hold at each step in between, whichever of those states a pass is at.
 */
export class Steady {
  /** Virtual servers with something usable. */
  #usable: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Who has each frontend. */
  #holders: ReadonlyMap<string, string> = new Map();
  /** Shortest hard limit of each Service's drains, ms. */
  #limits = new Map<string, number>();
  /** When each real server left what is usable: "key socket" to fake ms. */
  readonly #leftMs = new Map<string, number>();
  #last: Expected["usable"] = new Map();

  /** Virtual servers that always had something usable, and what stayed. */
  get usable(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#usable;
  }

  /** The Service that had a frontend, "address,protocol:port", all the time. */
  holder(element: string): string | undefined {
    return this.#holders.get(element);
  }

  /** Whether drains of a real server may be at their hard limit. */
  mayBeAtLimit(
    { key, socket, service }: {
      readonly key: string;
      readonly socket: string;
      readonly service: string;
    },
    nowMs: number,
  ): boolean {
    const leftMs = this.#leftMs.get(`${key} ${socket}`);
    const limitMs = this.#limits.get(service) ?? 0;
    return leftMs !== undefined && nowMs - leftMs >= limitMs;
  }

  /** Something has changed that the agent knows of. */
  changed(
    { usable, holders }: Expected,
    limits: ReadonlyMap<string, number>,
    nowMs: number,
  ): void {
    const stay = new Map<string, ReadonlySet<string>>();
    for (const [key, sockets] of this.#usable) {
      const now = usable.get(key);
      if (now !== undefined) stay.set(key, sockets.intersection(now));
    }
    this.#usable = stay;
    this.#holders = new Map(
      [...this.#holders].filter(([one, name]) => holders.get(one) === name),
    );
    for (const [name, limitMs] of limits) {
      const old = this.#limits.get(name) ?? Infinity;
      this.#limits.set(name, Math.min(old, limitMs));
    }
    for (const [key, sockets] of this.#last) {
      for (const socket of sockets) {
        if (usable.get(key)?.has(socket)) continue;
        this.#leftMs.set(`${key} ${socket}`, nowMs);
      }
    }
    for (const [key, sockets] of usable) {
      for (const socket of sockets) this.#leftMs.delete(`${key} ${socket}`);
    }
    this.#last = usable;
  }

  /** The agent is at rest. */
  settle(expected: Expected, limits: ReadonlyMap<string, number>): void {
    this.#usable = expected.usable;
    this.#holders = expected.holders;
    this.#limits = new Map(limits);
  }
}
