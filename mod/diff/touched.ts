import type { IpAddress } from "#model";
import type { SetEntry, VirtualServerKey } from "#plan";
import type { Conflict, Touched } from "./types.ts";

/** A `Touched` that grows. */
export interface TouchedBuilder extends Touched {
  /** Virtual servers. */
  readonly virtualServers: Set<VirtualServerKey>;
  /** Addresses. */
  readonly addresses: Set<IpAddress>;
  /** Set elements. */
  readonly elements: Map<string, SetEntry>;
  /** Conflicts. */
  readonly conflicts: Conflict[];
}

/** Nothing touched yet. */
export function newTouched(): TouchedBuilder {
  return {
    virtualServers: new Set(),
    addresses: new Set(),
    elements: new Map(),
    conflicts: [],
  };
}

/** Adds what `more` touched to `into`. */
export function addTouched(into: TouchedBuilder, more: Touched): void {
  for (const key of more.virtualServers) into.virtualServers.add(key);
  for (const address of more.addresses) into.addresses.add(address);
  for (const [id, entry] of more.elements) into.elements.set(id, entry);
  into.conflicts.push(...more.conflicts);
}

/** Whether there is nothing to compare. */
export function isUntouched(touched: Touched): boolean {
  return touched.virtualServers.size === 0 && touched.addresses.size === 0 &&
    touched.elements.size === 0;
}
