import { createHost } from "#apply";
import { Observed, type ObservedVirtualServer } from "#diff";
import type { ServiceName } from "#model";
import {
  type Fresh,
  reportService,
  type ServiceReport,
  type TrafficTable,
} from "#observe";
import type { VirtualServerKey } from "#plan";
import { DryRunner } from "../dry_run.ts";
import { isEstimating } from "../estimation.ts";
import type { ControlSources } from "./sources.ts";
import { trafficByService } from "./traffic.ts";
import type { DiffReport, TrafficReport } from "./types.ts";

/** More virtual servers than these are listed all at once. */
const MAX_LISTED_ONE_BY_ONE = 2;

/** Each line that a pass would send now; the listing is fresh. */
export async function answerDiff(
  { agent, runner, host }: ControlSources,
): Promise<DiffReport> {
  const lines: string[] = [];
  const dry = new DryRunner(runner, (line) => lines.push(line));
  dry.isPrinting = true;
  const result = await agent.preview(
    createHost(dry, host.iptables.backEnd),
  );
  return {
    isReady: result !== undefined,
    lines,
    changes: countChanges(lines),
    pending: agent.snapshot().counts.pending,
    foreign: (result?.foreign ?? []).map(({ kind, name }) => `${kind} ${name}`),
  };
}

/** Lines that change something; a command without a batch is one itself. */
function countChanges(lines: readonly string[]): number {
  return lines.filter((line, index) => {
    if (/^(?:\*|:|COMMIT$)/.test(line)) return false;
    return !line.startsWith("#") || (lines[index + 1] ?? "#").startsWith("#");
  }).length;
}

/** Live figures of all Services: two listings and one setting. */
export async function answerTraffic(
  { agent, host, input }: ControlSources,
): Promise<TrafficReport> {
  const listed = await host.ipvs.list();
  const rates = await host.ipvs.traffic("rates");
  const desired = agent.inspect()?.desired;
  return {
    nowMs: input().nowMs,
    isEstimating: await isEstimating(host.sysctls),
    services: desired === undefined
      ? []
      : trafficByService(listed, rates, desired),
  };
}

/**
 * A fresh listing of all virtual servers. Where they cannot be listed, what
 * is known has to do: whoever asks wants to know what is wrong.
 */
export async function listAll(
  { agent, host }: Pick<ControlSources, "agent" | "host">,
): Promise<Fresh> {
  try {
    const servers = await host.ipvs.list();
    return { observed: observedWith(servers, agent) };
  } catch {
    return {};
  }
}

/** One Service, its virtual servers listed afresh, with their traffic. */
export async function answerService(
  name: ServiceName,
  sources: ControlSources,
): Promise<ServiceReport | undefined> {
  const { plans } = sources.input();
  const keys = (plans.get(name)?.frontends ?? [])
    .flatMap(({ virtualServers }) => virtualServers)
    .map(({ key }) => key);
  const fresh = keys.length === 0 ? {} : await listFresh(keys, sources);
  return reportService(name, sources.input(), fresh);
}

async function listFresh(
  keys: readonly VirtualServerKey[],
  { agent, host }: ControlSources,
): Promise<Fresh> {
  const isFew = keys.length <= MAX_LISTED_ONE_BY_ONE;
  const servers = isFew ? await listEach(keys, host) : await host.ipvs.list();
  const traffic = async (kind: "totals" | "rates"): Promise<TrafficTable> =>
    isFew
      ? new Map((await Promise.all(
        keys.map((key) => host.ipvs.traffic(kind, key)),
      )).flatMap((table) => [...table]))
      : await host.ipvs.traffic(kind);
  const totals = await traffic("totals");
  const rates = await traffic("rates");
  return { observed: observedWith(servers, agent), totals, rates };
}

/** What is known, with other virtual servers. */
function observedWith(
  servers: ReadonlyMap<VirtualServerKey, ObservedVirtualServer>,
  agent: ControlSources["agent"],
): NonNullable<Fresh["observed"]> {
  const known = agent.inspect()?.observed;
  const observed = new Observed();
  observed.replaceServers(servers);
  observed.replaceAddresses(known?.addresses ?? []);
  return {
    virtualServer: (key) => observed.virtualServer(key),
    virtualServers: observed.virtualServers,
    hasAddress: (address) => observed.hasAddress(address),
    addresses: observed.addresses,
    hasElement: (id) => known?.hasElement(id) ?? false,
    elements: known?.elements ?? new Map(),
  };
}

async function listEach(
  keys: readonly VirtualServerKey[],
  host: ControlSources["host"],
): Promise<ReadonlyMap<VirtualServerKey, ObservedVirtualServer>> {
  const servers = new Map<VirtualServerKey, ObservedVirtualServer>();
  for (const key of keys) {
    const server = await host.ipvs.listOne(key);
    if (server !== undefined) servers.set(key, server);
  }
  return servers;
}
