import { createConntrack } from "./conntrack.ts";
import { createIpSets } from "./ipset.ts";
import { createIptables, findIptablesBackEnd } from "./iptables.ts";
import type { IptablesBackEnd } from "./iptables.ts";
import { createIpvs } from "./ipvs.ts";
import { createLinks } from "./links.ts";
import { createModules } from "./modules.ts";
import { createRoutes } from "./routes.ts";
import { createSysctls } from "./sysctls.ts";
import type { CommandRunner, Host } from "./types.ts";

/** All doors to a host whose iptables back end is known. */
export function createHost(
  runner: CommandRunner,
  backEnd: IptablesBackEnd,
): Host {
  return {
    ipvs: createIpvs(runner),
    ipSets: createIpSets(runner),
    iptables: createIptables(runner, backEnd),
    links: createLinks(runner),
    routes: createRoutes(runner),
    sysctls: createSysctls(runner),
    modules: createModules(runner),
    conntrack: createConntrack(runner),
  };
}

/**
 * All doors to the host, with the iptables back end that holds its rules.
 *
 * @throws {CommandError} when neither back end can be used
 */
export async function openHost(runner: CommandRunner): Promise<Host> {
  const { backEnd } = await findIptablesBackEnd(runner);
  return createHost(runner, backEnd);
}
