/**
 * Faults that can be asked of the stand-in: what happens to which requests,
 * and how often.
 *
 * @module
 */
import type { WatchFault } from "./watch.ts";

/** What can go wrong. */
export type FaultKind =
  /** The answer comes later by so many milliseconds. */
  | { readonly fault: "latency"; readonly ms: number }
  /** No answer at all; the connection stays open. */
  | { readonly fault: "stall" }
  /** The connection is cut instead of an answer. */
  | { readonly fault: "drop" }
  /** A refusal, such as 429, 500 or 503. */
  | {
    readonly fault: "status";
    readonly code: number;
    readonly retryAfterSeconds?: number;
  }
  /** 410 as the status of a watch or list. */
  | { readonly fault: "gone" }
  /** Something happens to running watches, and to those to come. */
  | WatchFault;

/** A fault with what it applies to. */
export type Fault = FaultKind & {
  /** Times it happens; default 1. */
  readonly count?: number;
  /** Regular expression that path and query must match; absent: any. */
  readonly path?: string;
  /** "list", "watch", "get", "create", …; absent: any. */
  readonly verb?: string;
};

/** A request as faults see it. */
export interface FaultTarget {
  /** Path with query. */
  readonly path: string;
  /** "list", "watch", "get", "create", … */
  readonly verb: string;
}

interface Pending {
  readonly fault: Fault;
  readonly path: RegExp;
  left: number;
}

/** Whether a fault happens to running watches. */
export function isWatchFault(fault: Fault): fault is Fault & WatchFault {
  return fault.fault.startsWith("watch-");
}

/** The faults that are still to happen. */
export class Faults {
  #pending: Pending[] = [];
  readonly #followers = new Set<() => void>();

  /** Asks for a fault. */
  add(fault: Fault): void {
    const path = new RegExp(fault.path ?? "");
    const left = fault.count ?? 1;
    if (!(left > 0)) {
      throw new RangeError(`Cannot add a fault: count is ${left}`);
    }
    this.#pending.push({ fault, path, left });
    for (const follower of this.#followers) follower();
  }

  /** Takes all faults back that have not happened yet. */
  clear(): void {
    this.#pending = [];
  }

  /** What is still to happen, with the counts that are left. */
  get pending(): readonly Fault[] {
    return this.#pending.map(({ fault, left }) => ({ ...fault, count: left }));
  }

  /** Calls back whenever a fault is added. */
  follow(follower: () => void): void {
    this.#followers.add(follower);
  }

  #take(
    target: FaultTarget,
    wanted: (fault: Fault) => boolean,
  ): Fault | undefined {
    const index = this.#pending.findIndex(({ fault, path }) =>
      wanted(fault) && path.test(target.path) &&
      (fault.verb === undefined || fault.verb === target.verb)
    );
    const pending = this.#pending[index];
    if (pending === undefined) return undefined;
    pending.left--;
    if (pending.left === 0) this.#pending.splice(index, 1);
    return pending.fault;
  }

  /** The delay of a request in ms, which thereby counts as happened. */
  takeDelay(target: FaultTarget): number {
    const fault = this.#take(target, ({ fault }) => fault === "latency");
    return fault?.fault === "latency" ? fault.ms : 0;
  }

  /** The next fault of a request, which thereby counts as happened. */
  takeForRequest(target: FaultTarget): Fault | undefined {
    return this.#take(
      target,
      (fault) =>
        !isWatchFault(fault) && fault.fault !== "latency" &&
        (fault.fault !== "gone" || target.verb === "watch" ||
          target.verb === "list"),
    );
  }

  /** The next fault of a running watch, which thereby counts as happened. */
  takeForWatch(target: FaultTarget): WatchFault | undefined {
    const fault = this.#take(target, isWatchFault);
    return fault !== undefined && isWatchFault(fault) ? fault : undefined;
  }
}
