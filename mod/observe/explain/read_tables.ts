import { type Host, isNoSuchTable } from "#apply";
import type { IpFamily } from "#model";
import { parseSaved } from "#plan";
import type { KernelTables } from "./types.ts";

/** Reads all tables that decide about packets of a family; changes nothing. */
export async function readTables(
  host: Pick<Host, "iptables" | "ipSets" | "ipvs" | "links" | "routes">,
  families: readonly IpFamily[],
): Promise<KernelTables> {
  const rules = new Map();
  for (const family of families) {
    rules.set(family, parseSaved(await host.iptables.save(family)));
  }
  return {
    rules,
    sets: await host.ipSets.list(),
    servers: await orNothing(() => host.ipvs.list(), new Map()),
    addresses: await host.links.hostAddresses(),
    routes: await orNothing(() => host.routes.list(families), []),
  };
}

/** What the kernel has no table for is not there; that is no failure. */
async function orNothing<Value>(
  read: () => Promise<Value>,
  nothing: Value,
): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (isNoSuchTable(error)) return nothing;
    throw error;
  }
}
