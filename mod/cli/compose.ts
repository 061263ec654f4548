import { Agent, type AgentObserver, HostRunDirectory } from "#agent";
import {
  type CommandRunner,
  type FoundBackEnd,
  type Host,
  HOST_CLOCK,
} from "#apply";
import { ClusterModel, type IpFamily } from "#model";
import { MarkRegistry, planService } from "#plan";
import { readOnlyDirectory } from "./dry_run.ts";
import {
  DEVICE,
  planContextOf,
  routesOf,
  rulesOf,
  type ViewOptions,
} from "./host_view.ts";
import type { Inspection } from "./inspect_host.ts";
import type { Settings } from "./settings_types.ts";
import type { WriteKernelSettings } from "./kernel_settings.ts";
import type { IpvsTimeouts } from "./timeouts.ts";

/** Between looks at the rules where no program tells of changes, ms. */
const RULES_MS = 500;

/** A host that has been looked at and set up. */
export interface ReadyHost {
  /** Its doors. */
  readonly host: Host;
  /** What was found. */
  readonly inspection: Inspection;
  /** Which iptables back end is used, and what the other one holds. */
  readonly backEnd: FoundBackEnd;
  /** Families that it has. */
  readonly families: ReadonlySet<IpFamily>;
  /** Timeouts of IPVS; absent: they cannot be read. */
  readonly timeouts?: IpvsTimeouts;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Writes kernel settings anew when the configuration has changed. */
  readonly writeKernelSettings: WriteKernelSettings;
}

/** What the stages are composed from. */
export interface ComposeOptions {
  /** Configuration. */
  readonly settings: Settings;
  /** Name of this node. */
  readonly nodeName: string;
  /** The host. */
  readonly ready: ReadyHost;
  /** Runs the tools. */
  readonly runner: CommandRunner;
}

/** The stages, composed; nothing happens before the agent runs. */
export interface Composed {
  /** The loop. */
  readonly agent: Agent;
  /** What configuration, host and cluster together say. */
  readonly view: ViewOptions;
}

/** Composes the stages. */
export function compose(
  { settings, nodeName, ready, runner }: ComposeOptions,
  observer: AgentObserver,
): Composed {
  const { host, inspection, families } = ready;
  const model = new ClusterModel({ nodeName });
  const masqueradeMark = 2 ** settings.masqueradeBit;
  const marks = new MarkRegistry(settings.markRange, masqueradeMark);
  const { schedulers } = inspection;
  const view: ViewOptions = {
    settings,
    nodeName,
    model,
    families,
    ...(schedulers === undefined ? {} : { schedulers }),
    randomFully: true,
    markOf: (key) => marks.markOf(key),
  };
  const directory = new HostRunDirectory(settings.runDir);
  const agent = new Agent({
    host,
    clock: HOST_CLOCK,
    model,
    planService,
    planContext: (addresses) => planContextOf(addresses, view),
    rules: () => rulesOf(view),
    routes: () => routesOf(view),
    marks,
    sources: ["Service", "EndpointSlice", "Node", "ServiceCIDR"],
    runDirectory: settings.dryRun ? readOnlyDirectory(directory) : directory,
    device: DEVICE,
    timing: {
      minSyncMs: settings.minSyncPeriodMs,
      syncMs: settings.syncPeriodMs,
      rulesMs: RULES_MS,
    },
    monitor: (signal) =>
      runner.lines([
        ...["ip", "-o", "monitor", "address", "link"] as const,
        ...(settings.serviceCidrRoutes ? ["route"] : []),
      ], signal),
    ...(inspection.hasNft && host.iptables.backEnd === "nft"
      ? {
        rulesMonitor: (signal: AbortSignal) =>
          runner.lines(["nft", "monitor", "rules"], signal),
      }
      : {}),
    observer,
  });
  return { agent, view };
}
