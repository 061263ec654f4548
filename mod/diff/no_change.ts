import type { IpAddress } from "#model";
import type { SetEntry } from "#plan";
import type { DiffState } from "./diff.ts";
import type { DesiredVirtualServer, IpvsOperation } from "./types.ts";

/** Both sides of a comparison. */
export type Sides = Pick<DiffState, "desired" | "observed" | "ownership">;

/**
 * An operation that leaves the kernel as it is: a virtual server of ours that
 * is as it is wanted, edited to what it is. Undefined: there is none.
 */
export function unchangedServer(sides: Sides): IpvsOperation | undefined {
  for (const wanted of sides.desired.virtualServers.values()) {
    if (!isAsWanted(wanted, sides)) continue;
    return { verb: "edit-service", server: wanted.server };
  }
  return undefined;
}

function isAsWanted(
  { server }: DesiredVirtualServer,
  { observed, ownership }: Sides,
): boolean {
  const seen = observed.virtualServer(server.key);
  return seen !== undefined && ownership.hasServer(server.key) &&
    seen.scheduler === server.scheduler &&
    seen.persistenceTimeoutSeconds === server.persistenceTimeoutSeconds &&
    seen.flags.join() === [...server.schedulerFlags].sort().join();
}

/** A set element that is there as it is wanted; undefined: there is none. */
export function unchangedElement(
  { desired, observed }: Sides,
): SetEntry | undefined {
  for (const [id, entry] of desired.elements()) {
    if (observed.hasElement(id) && observed.markOfElement(id) === entry.mark) {
      return entry;
    }
  }
  return undefined;
}

/** An address of ours that is there and is wanted; undefined: there is none. */
export function unchangedAddress(
  { desired, observed, ownership }: Sides,
): IpAddress | undefined {
  for (const address of desired.addresses()) {
    if (observed.hasAddress(address) && ownership.hasAddress(address)) {
      return address;
    }
  }
  return undefined;
}
