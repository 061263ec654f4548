import { cidrContains, type IpAddress } from "#model";
import type { KernelTables } from "./types.ts";

/** Whether an address is this host's own. */
export function isLocal(
  address: IpAddress,
  { addresses, routes }: Pick<KernelTables, "addresses" | "routes">,
): boolean {
  if (address.startsWith("127.") || address === "::1") return true;
  for (const of of addresses.values()) if (of.has(address)) return true;
  return routes.some(({ cidr }) => cidrContains(cidr, address));
}

/** The device that has an address; undefined: none, or a route. */
export function deviceOf(
  address: IpAddress,
  { addresses }: Pick<KernelTables, "addresses">,
): string | undefined {
  for (const [device, of] of addresses) if (of.has(address)) return device;
  return undefined;
}
