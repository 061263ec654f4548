import type { Clock, LocalRoute, Routes } from "#apply";
import { type IpFamily, isSame } from "#model";
import { reasonOf, type Status } from "./status.ts";

/** From a failure to the next try, ms. */
const RETRY_MS = 1_000;
const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];

/** What keeping the routes needs. */
export interface RoutesKeeperOptions {
  /** Reads and writes them. */
  readonly routes: Routes;
  /** Those that are wanted now. */
  wanted(): readonly LocalRoute[];
  /** For retries. */
  readonly clock: Clock;
  /** For warnings and counts. */
  readonly status: Status;
}

/**
 * Keeps the local routes of whole networks, where they are asked for. Routes
 * are made at once, and deleted by audits only, when the addresses that they
 * stood for are on the device again.
 */
export class RoutesKeeper {
  readonly #o: RoutesKeeperOptions;
  #written: readonly LocalRoute[] | undefined;
  #families: readonly IpFamily[] = FAMILIES;

  /** The next look, ms of the monotonic clock; Infinity: none. */
  nextMs: number = Infinity;

  /** Takes the parts. */
  constructor(options: RoutesKeeperOptions) {
    this.#o = options;
  }

  /** Something may have taken a route. */
  doubt(): void {
    if (this.#o.wanted().length > 0) this.nextMs = 0;
  }

  /** Looks soon if other routes are wanted than those that were written. */
  noteWanted(): void {
    if (!isSame(this.#o.wanted(), this.#written)) this.doubt();
  }

  /** Makes the routes that are missing. */
  async look(): Promise<void> {
    await this.#keep("keep");
  }

  /** Makes what is missing, deletes those of ours that are not wanted. */
  async audit(): Promise<void> {
    await this.#keep("delete");
  }

  /** Does through other doors what an audit would do; remembers nothing. */
  async preview(routes: Routes): Promise<void> {
    const list = this.#o.wanted();
    if (list.length === 0 && (this.#written?.length ?? 0) === 0) return;
    await routes.restore(changesOf(list, await routes.list(this.#families)));
  }

  async #keep(others: "keep" | "delete"): Promise<void> {
    const { wanted, routes, status, clock } = this.#o;
    const list = wanted();
    this.nextMs = Infinity;
    if (list.length === 0 && this.#written?.length === 0) return;
    try {
      const have = await this.#list();
      const { add, delete: remove } = changesOf(list, have);
      await routes.restore({ add, delete: others === "keep" ? [] : remove });
      const isRepair = isSame(list, this.#written);
      if (isRepair) status.repaired(new Map([["route", add.length]]));
      if (others === "delete" || list.length > 0) this.#written = list;
    } catch (error) {
      status.warn(`Cannot keep the routes: ${reasonOf(error)}`);
      this.nextMs = clock.monotonicMs() + RETRY_MS;
    }
  }

  /** A kernel without IPv6 has no table of it. */
  async #list(): Promise<readonly LocalRoute[]> {
    try {
      return await this.#o.routes.list(this.#families);
    } catch (error) {
      if (this.#families.length === 1) throw error;
      const have = await this.#o.routes.list(["ipv4"]);
      this.#families = ["ipv4"];
      return have;
    }
  }
}

function changesOf(
  wanted: readonly LocalRoute[],
  have: readonly LocalRoute[],
): { readonly add: LocalRoute[]; readonly delete: LocalRoute[] } {
  return {
    add: wanted.filter((route) =>
      !have.some((one) => isSame(withoutIpv6Source(route), one))
    ),
    delete: have.filter(({ cidr }) =>
      !wanted.some((route) => route.cidr === cidr)
    ),
  };
}

/** As it is listed: IPv6 keeps no source. */
function withoutIpv6Source(route: LocalRoute): LocalRoute {
  return route.cidr.includes(":") ? { cidr: route.cidr } : route;
}
