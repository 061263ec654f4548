import type { IpAddress, Service, ServiceName } from "./types.ts";
import { isSame } from "./same.ts";

/** Services by name, and by the outside addresses that they claim. */
export class ServiceTable {
  readonly #services = new Map<string, Service>();
  readonly #byAddress = new Map<IpAddress, Set<ServiceName>>();
  #addressesSeen = 0;

  /** Keeps a Service; gives its name unless nothing changed. */
  put(service: Service): readonly ServiceName[] {
    const previous = this.#services.get(service.name);
    if (previous !== undefined && isSame(previous, service)) return [];
    if (previous !== undefined) this.#unindex(previous);
    this.#services.set(service.name, service);
    for (const address of outsideAddresses(service)) {
      const names = this.#byAddress.get(address) ?? new Set();
      if (names.size === 0) this.#addressesSeen++;
      this.#byAddress.set(address, names.add(service.name));
    }
    return [service.name];
  }

  /** Forgets a Service; gives its name if it was known. */
  delete(key: string): readonly ServiceName[] {
    const previous = this.#services.get(key);
    if (previous === undefined) return [];
    this.#services.delete(key);
    this.#unindex(previous);
    return [previous.name];
  }

  /** A Service by name. */
  get(key: string): Service | undefined {
    return this.#services.get(key);
  }

  /** How many there are. */
  get count(): number {
    return this.#services.size;
  }

  /** Whether any claims an external or load-balancer IP. */
  get hasOutsideAddresses(): boolean {
    return this.#byAddress.size > 0;
  }

  /** How many external and load-balancer IPs have come; it never falls. */
  get outsideAddressesSeen(): number {
    return this.#addressesSeen;
  }

  /** Names of all. */
  *names(): Iterable<ServiceName> {
    for (const service of this.#services.values()) yield service.name;
  }

  /** Services that claim any of these addresses. */
  claimants(addresses: Iterable<IpAddress>): readonly ServiceName[] {
    const names = new Set<ServiceName>();
    for (const address of addresses) {
      for (const name of this.#byAddress.get(address) ?? []) names.add(name);
    }
    return [...names];
  }

  #unindex(service: Service): void {
    for (const address of outsideAddresses(service)) {
      const names = this.#byAddress.get(address);
      names?.delete(service.name);
      if (names?.size === 0) this.#byAddress.delete(address);
    }
  }
}

function outsideAddresses(service: Service): ReadonlySet<IpAddress> {
  return new Set([...service.externalIps, ...service.loadBalancerIps]);
}
