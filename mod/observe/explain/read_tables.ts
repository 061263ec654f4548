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
    servers: await listServers(host),
    addresses: await host.links.hostAddresses(),
    routes: await host.routes.list(families),
  };
}

/** A kernel without IPVS has no virtual server; that is no failure. */
async function listServers(
  { ipvs }: Pick<Host, "ipvs">,
): Promise<KernelTables["servers"]> {
  try {
    return await ipvs.list();
  } catch (error) {
    if (isNoSuchTable(error)) return new Map();
    throw error;
  }
}
