import type { IpAddress, ServiceName } from "#model";
import {
  type FrontendKey,
  type FrontendPlan,
  type SetEntry,
  setName,
  type VirtualServerKey,
} from "#plan";
import { type Claim, Claims } from "./claims.ts";
import { elementId } from "./element.ts";
import { healthEntries } from "./health_entries.ts";
import { frontendOfKey } from "./key.ts";
import { sameVirtualServer } from "./same_server.ts";
import { newTouched, type TouchedBuilder } from "./touched.ts";
import type {
  Conflict,
  DesiredVirtualServer,
  Holder,
  Touched,
} from "./types.ts";

interface CountedEntry {
  entry: SetEntry;
  count: number;
}

/**
 * What the kernel is to hold: the plans of all Services, merged. A frontend
 * that several Services claim is the winner's alone; addresses and set
 * elements are counted, so that each stays while any frontend needs it.
 *
 * `set` and `remove` cost what the Service's own plan costs, whatever the
 * number of the others.
 */
export class Desired {
  readonly #plans = new Map<ServiceName, readonly FrontendPlan[]>();
  readonly #health = new Map<ServiceName, readonly SetEntry[]>();
  readonly #claims = new Claims();
  readonly #servers = new Map<VirtualServerKey, DesiredVirtualServer>();
  readonly #former = new Map<VirtualServerKey, Holder>();
  readonly #formerOf = new Map<FrontendKey, Set<VirtualServerKey>>();
  readonly #addresses = new Map<IpAddress, number>();
  readonly #elements = new Map<string, CountedEntry>();
  readonly #setSizes = new Map<string, number>();

  /** Enters or replaces the plan of a Service; gives what that touched. */
  set(plan: {
    readonly service: ServiceName;
    readonly createdMs: number;
    readonly frontends: readonly FrontendPlan[];
    readonly healthCheck?: { readonly port: number };
  }): Touched {
    const touched = newTouched();
    const { service, createdMs } = plan;
    const before = this.#plans.get(service) ?? [];
    const keys = new Set<FrontendKey>();
    for (const frontend of plan.frontends) {
      keys.add(frontend.key);
      this.#settle(
        frontend.key,
        touched,
        () => this.#claims.put({ service, createdMs, frontend }),
      );
    }
    for (const { key } of before) {
      if (keys.has(key)) continue;
      this.#settle(key, touched, () => this.#claims.remove(key, service));
    }
    this.#plans.set(service, plan.frontends);
    this.#setHealth(service, healthEntries(plan), touched);
    return touched;
  }

  /** Takes out a Service; gives what that touched. */
  remove(service: ServiceName): Touched {
    const touched = newTouched();
    for (const { key } of this.#plans.get(service) ?? []) {
      this.#settle(key, touched, () => this.#claims.remove(key, service));
    }
    this.#plans.delete(service);
    this.#setHealth(service, [], touched);
    return touched;
  }

  /** Everything that one Service has part in, to compare it once more. */
  touchedBy(service: ServiceName): Touched {
    const touched = newTouched();
    for (const frontend of this.#plans.get(service) ?? []) {
      for (const { key } of frontend.virtualServers) {
        touched.virtualServers.add(key);
      }
      for (const key of this.#formerOf.get(frontend.key) ?? []) {
        touched.virtualServers.add(key);
      }
      if (frontend.bind) touched.addresses.add(frontend.address);
      for (const entry of frontend.setEntries) {
        touched.elements.set(elementId(entry), entry);
      }
    }
    for (const entry of this.#health.get(service) ?? []) {
      touched.elements.set(elementId(entry), entry);
    }
    return touched;
  }

  /** The virtual server wanted under a key. */
  virtualServer(key: VirtualServerKey): DesiredVirtualServer | undefined {
    return this.#servers.get(key);
  }

  /**
   * Who stands behind a key: its Service, or the living frontend that had it
   * until its last endpoint went, whose connections may still be ending.
   */
  holder(key: VirtualServerKey): Holder | undefined {
    const known = this.#servers.get(key) ?? this.#former.get(key);
    // After a restart nothing is former, but a plain key names its frontend.
    const frontend = known === undefined ? frontendOfKey(key) : undefined;
    return known ?? (frontend && this.holderOf(frontend));
  }

  /** Who has a frontend, whether or not anything serves it. */
  holderOf(frontend: FrontendKey): Holder | undefined {
    const claim = this.#claims.winner(frontend);
    return claim && {
      service: claim.service,
      frontend,
      protocol: claim.frontend.protocol,
    };
  }

  /** Whether an address is to be on the device. */
  hasAddress(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }

  /** The set element wanted under an `elementId`. */
  setElement(id: string): SetEntry | undefined {
    return this.#elements.get(id)?.entry;
  }

  /** Whether any Service claims a frontend. */
  hasFrontend(key: FrontendKey): boolean {
    return this.#claims.winner(key) !== undefined;
  }

  /** Whether a Service is known. */
  has(service: ServiceName): boolean {
    return this.#plans.has(service);
  }

  /** All virtual servers, by key. */
  get virtualServers(): ReadonlyMap<VirtualServerKey, DesiredVirtualServer> {
    return this.#servers;
  }

  /** All addresses. */
  addresses(): IterableIterator<IpAddress> {
    return this.#addresses.keys();
  }

  /** All set elements with their `elementId`. */
  *elements(): Generator<readonly [id: string, entry: SetEntry]> {
    for (const [id, { entry }] of this.#elements) yield [id, entry];
  }

  /** How many elements each set is to hold, by its name in the kernel. */
  get elementCounts(): ReadonlyMap<string, number> {
    return this.#setSizes;
  }

  /** All frontends that more than one Service claims. */
  conflicts(): Conflict[] {
    return this.#claims.conflicts();
  }

  /** Changes claims to one frontend and passes it on if its winner changed. */
  #settle(key: FrontendKey, touched: TouchedBuilder, change: () => void): void {
    const before = this.#claims.winner(key);
    change();
    const after = this.#claims.winner(key);
    if (before !== after) this.#hand(before, after, touched);
    const conflict = this.#claims.newConflict(key);
    if (conflict !== undefined) touched.conflicts.push(conflict);
  }

  #hand(
    before: Claim | undefined,
    after: Claim | undefined,
    touched: TouchedBuilder,
  ): void {
    if (after !== undefined) this.#contribute(after, touched);
    if (before !== undefined) this.#withdraw(before, after, touched);
  }

  #contribute(claim: Claim, touched: TouchedBuilder): void {
    const { service, frontend } = claim;
    const { key: frontendKey, protocol } = frontend;
    for (const server of frontend.virtualServers) {
      const old = this.#servers.get(server.key)?.server;
      if (old === undefined || !sameVirtualServer(old, server)) {
        touched.virtualServers.add(server.key);
      }
      const entry = { server, service, frontend: frontendKey, protocol };
      this.#servers.set(server.key, entry);
      this.#former.delete(server.key);
    }
    if (frontend.bind) this.#count(frontend.address, touched);
    for (const entry of frontend.setEntries) this.#countEntry(entry, touched);
  }

  #withdraw(
    before: Claim,
    after: Claim | undefined,
    touched: TouchedBuilder,
  ): void {
    const { frontend } = before;
    for (const { key } of frontend.virtualServers) {
      if (after?.frontend.virtualServers.some((one) => one.key === key)) {
        continue;
      }
      this.#servers.delete(key);
      touched.virtualServers.add(key);
      if (after !== undefined) this.#remember(key, after);
    }
    if (after === undefined) this.#forget(frontend.key, touched);
    if (frontend.bind) this.#uncount(frontend.address, touched);
    for (const entry of frontend.setEntries) this.#uncountEntry(entry, touched);
  }

  #remember(key: VirtualServerKey, claim: Claim): void {
    const { key: frontend, protocol } = claim.frontend;
    this.#former.set(key, { service: claim.service, frontend, protocol });
    const keys = this.#formerOf.get(frontend) ?? new Set();
    this.#formerOf.set(frontend, keys.add(key));
  }

  #forget(frontend: FrontendKey, touched: TouchedBuilder): void {
    for (const key of this.#formerOf.get(frontend) ?? []) {
      if (this.#former.delete(key)) touched.virtualServers.add(key);
    }
    this.#formerOf.delete(frontend);
  }

  #count(address: IpAddress, touched: TouchedBuilder): void {
    const count = this.#addresses.get(address) ?? 0;
    this.#addresses.set(address, count + 1);
    if (count === 0) touched.addresses.add(address);
  }

  #uncount(address: IpAddress, touched: TouchedBuilder): void {
    const count = this.#addresses.get(address) ?? 0;
    if (count > 1) {
      this.#addresses.set(address, count - 1);
      return;
    }
    this.#addresses.delete(address);
    touched.addresses.add(address);
  }

  #countEntry(entry: SetEntry, touched: TouchedBuilder): void {
    const id = elementId(entry);
    const counted = this.#elements.get(id);
    if (counted === undefined) {
      this.#elements.set(id, { entry, count: 1 });
      this.#resize(entry, 1);
      touched.elements.set(id, entry);
      return;
    }
    counted.count++;
    if (counted.entry.mark !== entry.mark) touched.elements.set(id, entry);
    counted.entry = entry;
  }

  #uncountEntry(entry: SetEntry, touched: TouchedBuilder): void {
    const id = elementId(entry);
    const counted = this.#elements.get(id);
    if (counted === undefined || --counted.count > 0) return;
    this.#elements.delete(id);
    this.#resize(entry, -1);
    touched.elements.set(id, entry);
  }

  #resize(entry: SetEntry, by: number): void {
    const name = setName(entry.set, entry.family);
    this.#setSizes.set(name, (this.#setSizes.get(name) ?? 0) + by);
  }

  #setHealth(
    service: ServiceName,
    entries: readonly SetEntry[],
    touched: TouchedBuilder,
  ): void {
    const before = this.#health.get(service) ?? [];
    for (const entry of entries) this.#countEntry(entry, touched);
    for (const entry of before) this.#uncountEntry(entry, touched);
    if (entries.length === 0) this.#health.delete(service);
    else this.#health.set(service, entries);
  }
}
