import type { OwnedThings, Touched } from "#diff";
import type { VirtualServerKey } from "#plan";
import type { Step } from "./types.ts";

/**
 * What refused batches were about, while it could not be read back: it may be
 * there although it was not seen. Elements of sets need no doubts: adding them
 * again does no harm, and none is on record.
 */
export class Doubts {
  readonly #servers = new Set<VirtualServerKey>();
  #addresses = false;

  /** A step failed. */
  note(step: Step, touched: Touched): void {
    if (step === "addresses") this.#addresses = true;
    if (step !== "ipvs") return;
    for (const key of touched.virtualServers) this.#servers.add(key);
  }

  /** Virtual servers were listed. */
  sawServers(keys: Iterable<VirtualServerKey> | "all"): void {
    if (keys === "all") this.#servers.clear();
    else for (const key of keys) this.#servers.delete(key);
  }

  /** The device's addresses were listed. */
  sawAddresses(): void {
    this.#addresses = false;
  }

  /** What of it must be read before something touched is compared. */
  of(touched: Touched): {
    readonly servers: readonly VirtualServerKey[];
    readonly addresses: boolean;
  } {
    return {
      servers: [...touched.virtualServers].filter((key) =>
        this.#servers.has(key)
      ),
      addresses: this.#addresses && touched.addresses.size > 0,
    };
  }

  /** Whether something touched is in doubt. */
  concern(touched: Touched): boolean {
    const { servers, addresses } = this.of(touched);
    return addresses || servers.length > 0;
  }

  /** Those of some things that are not in doubt. */
  without({ virtualServers, addresses }: OwnedThings): OwnedThings {
    return {
      virtualServers: virtualServers.filter((key) => !this.#servers.has(key)),
      addresses: this.#addresses ? [] : addresses,
    };
  }
}
