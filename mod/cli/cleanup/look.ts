import {
  type CommandRunner,
  createHost,
  type Host,
  isNoSuchTable,
} from "#apply";
import type { IpFamily } from "#model";
import { DEVICE } from "../host_view.ts";
import { KUBE_PROXY_SETS } from "./kube_proxy_names.ts";
import { OWN_SETS } from "./plan_sets.ts";
import type { Seen, SeenRules } from "./types.ts";

const FAMILIES = ["ipv4", "ipv6"] as const;

/** Looks at all that may have to go; changes nothing. */
export async function lookAtLeftovers(runner: CommandRunner): Promise<Seen> {
  const unseen: string[] = [];
  const look = async <T>(task: () => Promise<T>, nothing: T): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      if (!isNoSuchTable(error)) unseen.push(messageOf(error));
      return nothing;
    }
  };
  const host = createHost(runner, "legacy");
  const servers = await look(() => host.ipvs.list(), new Map());
  const isAsked = (name: string): boolean =>
    OWN_SETS.has(name) || KUBE_PROXY_SETS.has(name);
  const sets = await look(() => host.ipSets.list(isAsked), new Map());
  const device = await look(() => host.links.device(DEVICE), undefined);
  const addresses = await look(() => host.links.hostAddresses(), new Map());
  const routes = [];
  for (const family of FAMILIES) {
    routes.push(...await look(() => host.routes.list([family]), []));
  }
  const { rules, unread } = await lookAtRules(runner);
  return {
    ...{ servers, sets, routes, rules },
    ...(device === undefined ? {} : { device }),
    hostAddresses: new Set(
      [...addresses].flatMap(([name, of]) => name === DEVICE ? [] : [...of]),
    ),
    unseen: [...unseen, ...unread],
  };
}

/** A back end that is not installed, or beside one that works, is no loss. */
async function lookAtRules(
  runner: CommandRunner,
): Promise<{ rules: SeenRules[]; unread: string[] }> {
  const rules: SeenRules[] = [];
  const unread: string[] = [];
  for (const family of FAMILIES) {
    const errors: string[] = [];
    let isRead = false;
    for (const backEnd of ["nft", "legacy"] as const) {
      try {
        const text = await rulesOf(createHost(runner, backEnd), family);
        rules.push({ backEnd, family, text });
        isRead = true;
      } catch (error) {
        errors.push(messageOf(error));
      }
    }
    if (!isRead) unread.push(...errors);
  }
  return { rules, unread };
}

function rulesOf(host: Host, family: IpFamily): Promise<string> {
  return host.iptables.save(family);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
