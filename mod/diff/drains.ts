import type { FrontendKey, RealServerKey, VirtualServerKey } from "#plan";
import type { Drain, ObservedVirtualServer } from "./types.ts";

/** Why a drain is over. */
export type DrainEnd = "idle" | "gone" | "limit";

/** Times of draining. */
export interface DrainLimits {
  /** After its endpoint left every slice, ms; default 60,000. */
  readonly goneMs: number;
  /** At the latest, ms; default 900,000. A Service may name its own. */
  readonly hardMs: number;
}

/** Limits of design decision 14. */
export const DEFAULT_DRAIN_LIMITS: DrainLimits = {
  goneMs: 60_000,
  hardMs: 900_000,
};

/** Real servers at weight 0 whose connections are still ending. */
export class Drains {
  readonly #drains = new Map<VirtualServerKey, Map<RealServerKey, Drain>>();
  #size = 0;
  /** Times of the first deadline and of the first that went, while known. */
  #firsts: { deadlineMs: number; goneMs: number } | undefined;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** One drain. */
  get(key: VirtualServerKey, realServer: RealServerKey): Drain | undefined {
    return this.#drains.get(key)?.get(realServer);
  }

  /** Drains of one virtual server. */
  of(key: VirtualServerKey): Iterable<Drain> {
    return this.#drains.get(key)?.values() ?? [];
  }

  /** Whether any real server of a virtual server drains. */
  has(key: VirtualServerKey): boolean {
    return this.#drains.has(key);
  }

  /** Frontend of a virtual server by mark that drains, if it is known. */
  frontendOf(key: VirtualServerKey): FrontendKey | undefined {
    for (const { frontend } of this.of(key)) {
      if (frontend !== undefined) return frontend;
    }
    return undefined;
  }

  /** Virtual servers with drains. */
  keys(): VirtualServerKey[] {
    return [...this.#drains.keys()];
  }

  /** All drains. */
  *all(): Generator<Drain> {
    for (const drains of this.#drains.values()) yield* drains.values();
  }

  /**
   * When the first drain is over whatever its connections do, ms; Infinity:
   * there is none. Counted anew only after one that may have been it left.
   */
  soonestEndMs(limits: DrainLimits): number {
    if (this.#firsts === undefined) {
      this.#firsts = { deadlineMs: Infinity, goneMs: Infinity };
      for (const drain of this.all()) this.#noteFirsts(drain);
    }
    const { deadlineMs, goneMs } = this.#firsts;
    return Math.min(deadlineMs, goneMs + limits.goneMs);
  }

  #noteFirsts({ deadlineMs, goneMs = Infinity }: Drain): void {
    const firsts = this.#firsts;
    if (firsts === undefined) return;
    firsts.deadlineMs = Math.min(firsts.deadlineMs, deadlineMs);
    firsts.goneMs = Math.min(firsts.goneMs, goneMs);
  }

  /** One leaves; if it may have been the first, who is has to be counted. */
  #forgetFirsts({ deadlineMs, goneMs = Infinity }: Drain): void {
    const firsts = this.#firsts;
    if (firsts === undefined) return;
    const mayBe = deadlineMs <= firsts.deadlineMs ||
      goneMs <= firsts.goneMs && goneMs < Infinity;
    if (mayBe) this.#firsts = undefined;
  }

  /** Enters or replaces a drain. */
  put(drain: Drain): void {
    const drains = this.#drains.get(drain.key) ??
      new Map<RealServerKey, Drain>();
    const old = drains.get(drain.realServerKey);
    if (old === undefined) this.#size++;
    else this.#forgetFirsts(old);
    this.#noteFirsts(drain);
    this.#drains.set(drain.key, drains.set(drain.realServerKey, drain));
  }

  /** Strikes a drain out. */
  remove(drain: Pick<Drain, "key" | "realServerKey">): void {
    const drains = this.#drains.get(drain.key);
    const old = drains?.get(drain.realServerKey);
    if (drains === undefined || old === undefined) return;
    drains.delete(drain.realServerKey);
    this.#forgetFirsts(old);
    this.#size--;
    if (drains.size === 0) this.#drains.delete(drain.key);
  }
}

/**
 * The same drain with what the slices say now: `goneMs` is set when the
 * endpoint is first seen to be in none of them, and unset when it is back.
 */
export function noteListed(
  drain: Drain,
  isListed: boolean,
  nowMs: number,
): Drain {
  if (isListed === (drain.goneMs === undefined)) return drain;
  const { goneMs: _, ...rest } = drain;
  return isListed ? rest : { ...rest, goneMs: nowMs };
}

/**
 * Whether a drain is over and why; undefined: it goes on. A virtual server or
 * real server that is not there any more has no connections.
 */
export function drainEnd(
  drain: Drain,
  observed: ObservedVirtualServer | undefined,
  now: { readonly nowMs: number; readonly limits: DrainLimits },
): DrainEnd | undefined {
  const real = observed?.realServers.get(drain.realServerKey);
  if (
    real === undefined ||
    real.weight === 0 &&
      real.activeConnections + real.inactiveConnections === 0
  ) return "idle";
  if (now.nowMs >= drain.deadlineMs) return "limit";
  const { goneMs } = drain;
  if (goneMs !== undefined && now.nowMs >= goneMs + now.limits.goneMs) {
    return "gone";
  }
  return undefined;
}
