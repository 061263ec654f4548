import type { IpAddress } from "#model";
import type { VirtualServerKey } from "#plan";
import type { OwnedThings } from "./types.ts";

/**
 * What of the kernel's tables is ours: what was recorded before it was made,
 * or adopted because it equalled what is wanted. Nothing else is ever changed
 * or deleted.
 *
 * A virtual server is ours with everything in it: a real server that stayed
 * behind, or that somebody added, would get connections of our Service. So
 * are the elements of our sets: one that stayed behind would keep a door
 * open that was shut.
 */
export class Ownership {
  readonly #servers = new Set<VirtualServerKey>();
  readonly #addresses = new Set<IpAddress>();

  /** Whether a virtual server, with its real servers, is ours. */
  hasServer(key: VirtualServerKey): boolean {
    return this.#servers.has(key);
  }

  /** Whether an address on the device is ours. */
  hasAddress(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

  /** Records things as ours. */
  add(things: OwnedThings): void {
    for (const key of things.virtualServers) this.#servers.add(key);
    for (const address of things.addresses) this.#addresses.add(address);
  }

  /** Strikes things out. */
  remove(things: OwnedThings): void {
    for (const key of things.virtualServers) this.#servers.delete(key);
    for (const address of things.addresses) this.#addresses.delete(address);
  }

  /** Everything that is ours, to write it down afresh. */
  things(): OwnedThings {
    return {
      virtualServers: [...this.#servers],
      addresses: [...this.#addresses],
    };
  }

  /** How many things are ours. */
  get size(): number {
    return this.#servers.size + this.#addresses.size;
  }

  /** Virtual servers that are ours. */
  virtualServers(): IterableIterator<VirtualServerKey> {
    return this.#servers.values();
  }

  /** Addresses that are ours. */
  addresses(): IterableIterator<IpAddress> {
    return this.#addresses.values();
  }
}
