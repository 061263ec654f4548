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
  /** When each real server left what is usable, by "key socket". */
  readonly #left = new Map<string, { atMs: number; limitMs: number }>();
  /** Those that came back at their limit: a pass may be at the state before. */
  readonly #late = new Set<string>();
  #last: Pick<Expected, "usable" | "owners"> = {
    usable: new Map(),
    owners: new Map(),
  };

  /** Virtual servers that always had something usable, and what stayed. */
  get usable(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#usable;
  }

  /** The Service that had a frontend, "address,protocol:port", all the time. */
  holder(element: string): string | undefined {
    return this.#holders.get(element);
  }

  /** When a real server left what is usable, fake ms. */
  leftMs(key: string, socket: string): number | undefined {
    return this.#left.get(`${key} ${socket}`)?.atMs;
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
    if (this.#late.has(`${key} ${socket}`)) return true;
    const left = this.#left.get(`${key} ${socket}`);
    if (left === undefined) return false;
    // The limit is that of the time when the drain began.
    const limitMs = Math.min(left.limitMs, this.#limits.get(service) ?? 0);
    return nowMs - left.atMs >= limitMs;
  }

  /** Something has changed that the agent knows of. */
  changed(
    { usable, holders, owners }: Expected,
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
    for (const [key, sockets] of this.#last.usable) {
      const owner = this.#last.owners.get(key) ?? "";
      const limitMs = this.#limits.get(owner) ?? 0;
      for (const socket of sockets) {
        if (usable.get(key)?.has(socket)) continue;
        this.#left.set(`${key} ${socket}`, { atMs: nowMs, limitMs });
      }
    }
    for (const [key, sockets] of usable) {
      const service = owners.get(key) ?? "";
      for (const socket of sockets) {
        const real = `${key} ${socket}`;
        if (this.mayBeAtLimit({ key, socket, service }, nowMs)) {
          this.#late.add(real);
        }
        this.#left.delete(real);
      }
    }
    this.#last = { usable, owners };
  }

  /** The agent is at rest. */
  settle(expected: Expected, limits: ReadonlyMap<string, number>): void {
    this.#late.clear();
    this.#usable = expected.usable;
    this.#holders = expected.holders;
    this.#limits = new Map(limits);
  }
}
