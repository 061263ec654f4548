import type { IpAddress } from "#model";
import type { RealServerKey, VirtualServerKey } from "#plan";
import type { OwnedThings } from "./types.ts";

/**
 * What of the kernel's tables is ours: what was recorded before it was made,
 * or adopted because it equalled what is wanted. Nothing else is ever changed
 * or deleted.
 */
export class Ownership {
  readonly #servers = new Map<VirtualServerKey, Set<RealServerKey>>();
  readonly #addresses = new Set<IpAddress>();
  readonly #elements = new Set<string>();

  /** Whether a virtual server is ours. */
  hasServer(key: VirtualServerKey): boolean {
    return this.#servers.has(key);
  }

  /** Whether a real server is ours. */
  hasRealServer(key: VirtualServerKey, realServer: RealServerKey): boolean {
    return this.#servers.get(key)?.has(realServer) ?? false;
  }

  /** Whether an address on the device is ours. */
  hasAddress(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

  /** Whether a set element is ours, by `elementId`. */
  hasElement(id: string): boolean {
    return this.#elements.has(id);
  }

  /** Records things as ours. */
  add(things: OwnedThings): void {
    for (const key of things.virtualServers) this.#realServers(key);
    for (const [key, realServer] of things.realServers) {
      this.#realServers(key).add(realServer);
    }
    for (const address of things.addresses) this.#addresses.add(address);
    for (const id of things.elements) this.#elements.add(id);
  }

  /** Strikes things out; a virtual server goes with its real servers. */
  remove(things: OwnedThings): void {
    for (const key of things.virtualServers) this.#servers.delete(key);
    for (const [key, realServer] of things.realServers) {
      this.#servers.get(key)?.delete(realServer);
    }
    for (const address of things.addresses) this.#addresses.delete(address);
    for (const id of things.elements) this.#elements.delete(id);
  }

  /** Everything that is ours, to write it down afresh. */
  things(): OwnedThings {
    return {
      virtualServers: [...this.#servers.keys()],
      realServers: [...this.#servers].flatMap(([key, realServers]) =>
        [...realServers].map((realServer) => [key, realServer] as const)
      ),
      addresses: [...this.#addresses],
      elements: [...this.#elements],
    };
  }

  /** How many things are ours. */
  get size(): number {
    let size = this.#addresses.size + this.#elements.size;
    for (const realServers of this.#servers.values()) {
      size += 1 + realServers.size;
    }
    return size;
  }

  /** Virtual servers that are ours. */
  virtualServers(): IterableIterator<VirtualServerKey> {
    return this.#servers.keys();
  }

  /** Addresses that are ours. */
  addresses(): IterableIterator<IpAddress> {
    return this.#addresses.values();
  }

  #realServers(key: VirtualServerKey): Set<RealServerKey> {
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    const fresh = new Set<RealServerKey>();
    this.#servers.set(key, fresh);
    return fresh;
  }
}
