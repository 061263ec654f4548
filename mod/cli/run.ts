import {
  Agent,
  type AgentObserver,
  HostRunDirectory,
  type SourceEvent,
} from "#agent";
import { type CommandRunner, type Host, HOST_CLOCK, openHost } from "#apply";
import { ClusterModel, type IpFamily } from "#model";
import { logObserver, mergeObservers } from "#observe";
import { DEFAULT_MARK_RANGE, MarkRegistry, planService } from "#plan";
import { type ApiTransport, openTransport } from "#watch";
import { getLogger } from "@std/log";
import { connect, nodeNameOf } from "./connect.ts";
import { describeBetterDefaults } from "./defaults.ts";
import { DryRunner, readOnlyDirectory } from "./dry_run.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { feedAll } from "./feed.ts";
import {
  DEVICE,
  planContextOf,
  rulesOf,
  type ViewOptions,
} from "./host_view.ts";
import { inspectHost, type Inspection, requireAll } from "./inspect_host.ts";
import { OtherNodes } from "./other_nodes.ts";
import { openMetrics, serveAll } from "./serve.ts";
import { setUpKernel } from "./set_up_kernel.ts";
import type { Settings } from "./settings_types.ts";
import { VERSION } from "./version.ts";

/** What running needs of the machine. */
export interface Machine {
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Name of the host. */
  hostname(): string;
  /** Release of the kernel. */
  kernelRelease(): string;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Whether the folder of the kernel's modules is there. */
  hasModuleFolder(): Promise<boolean>;
  /** Text of a file. */
  readFile(path: string): Promise<string>;
  /** Value of an environment variable; undefined: not set. */
  env(name: string): string | undefined;
  /** Prints a line on standard output. */
  print(line: string): void;
  /** Ends the run when it is aborted. */
  readonly signal: AbortSignal;
}

/** A host that has been looked at and set up. */
interface ReadyHost {
  readonly host: Host;
  readonly inspection: Inspection;
  readonly families: ReadonlySet<IpFamily>;
}

/**
 * Runs the agent until it is told to end, or once. Ending leaves the kernel's
 * tables as they are.
 *
 * @throws {UsageError} when the API server cannot be found in what was given
 * @throws {PrerequisiteError} when the node lacks something
 */
export async function run(
  settings: Settings,
  machine: Machine,
): Promise<ExitCode> {
  const logger = getLogger("cli");
  const nodeName = nodeNameOf(settings.hostnameOverride, machine.hostname);
  logger.info(`kube-proxy ${VERSION} (ipvs)`, { node: nodeName });
  for (const warning of settings.warnings) logger.warn(warning);
  const better = describeBetterDefaults(settings.given);
  if (!settings.compat && better !== "") logger.info(better);
  const { access, warnings } = await connect(settings, machine);
  for (const warning of warnings) logger.warn(warning);
  const runner = settings.dryRun
    ? new DryRunner(machine.runner, machine.print)
    : machine.runner;
  const ready = await prepareHost(settings, { ...machine, runner });
  if (runner instanceof DryRunner) runner.isPrinting = true;
  const transport = await openTransport(access);
  logger.info("following the API server", { server: transport.server });
  try {
    return await work({
      settings,
      nodeName,
      ready,
      machine,
      transport,
      runner,
    });
  } finally {
    transport.close();
  }
}

async function prepareHost(
  settings: Settings,
  machine: Machine,
): Promise<ReadyHost> {
  const logger = getLogger("cli");
  const inspection = await inspectHost(settings, machine);
  requireAll(inspection.findings);
  const doubts = inspection.findings.filter(({ result }) => result === "warn");
  for (const { subject, text } of doubts) logger.warn(`${subject}: ${text}`);
  const host = await openHost(machine.runner);
  const families = await familiesOf(host);
  const { done, warnings } = await setUpKernel(settings, {
    kernelRelease: machine.kernelRelease(),
    cpus: machine.cpus,
    hasIpv6: families.has("ipv6"),
  }, { ...host, runner: machine.runner });
  for (const line of done) logger.info(`set ${line}`);
  for (const line of warnings) logger.warn(line);
  logger.info("host is ready", {
    iptables: host.iptables.backEnd,
    families: [...families].join(","),
  });
  return { host, inspection, families };
}

/** Families that the host has, with rules for each. */
async function familiesOf(host: Host): Promise<ReadonlySet<IpFamily>> {
  const name = "net.ipv6.conf.all.disable_ipv6";
  const disabled = (await host.sysctls.read([name])).get(name)?.trim();
  if (disabled !== "0") return new Set(["ipv4"]);
  try {
    await host.iptables.save("ipv6");
    return new Set(["ipv4", "ipv6"]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    getLogger("cli").warn("IPv6 is left out: its rules cannot be read", {
      reason,
    });
    return new Set(["ipv4"]);
  }
}

interface WorkOptions {
  readonly settings: Settings;
  readonly nodeName: string;
  readonly ready: ReadyHost;
  readonly machine: Machine;
  readonly transport: ApiTransport;
  readonly runner: CommandRunner;
}

/** Composes the stages and lets them work until the signal. */
async function work(options: WorkOptions): Promise<ExitCode> {
  const { settings, nodeName, machine, transport } = options;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  machine.signal.addEventListener("abort", end);
  const isOnce = settings.once || settings.dryRun;
  const told: AgentObserver[] = [logObserver()];
  if (isOnce) told.push({ ready: end });
  const { agent, view } = compose(options, mergeObservers(told));
  const sources = { ...view, agent, nowMs: HOST_CLOCK.nowMs };
  const metrics = isOnce ? undefined : await openMetrics(sources);
  if (metrics !== undefined) told.push(metrics.observer());
  const consumer = {
    handle(input: SourceEvent): void {
      const { kind } = input.event;
      if (kind === "upsert" || kind === "delete") {
        metrics?.changed(input.source);
      }
      agent.handle(input);
    },
    checkRules: agent.checkRules.bind(agent),
    rulesKey: () => JSON.stringify(rulesOf(view)),
    beforeServices: () => otherNodes.before(),
  };
  const otherNodes = new OtherNodes({
    transport,
    clock: HOST_CLOCK,
    nodeName,
    signal: stop.signal,
    random: Math.random,
    isNeeded: () => view.model.needsOtherNodes,
    replaceNodes: agent.replaceNodes.bind(agent),
  });
  const follow = {
    transport,
    clock: HOST_CLOCK,
    signal: stop.signal,
    random: Math.random,
  };
  async function serve(): Promise<void> {
    try {
      await serveAll(sources, metrics, stop.signal);
    } catch (error) {
      end();
      throw error;
    }
  }
  try {
    // The end of either, by an error too, ends the other.
    await Promise.all([
      agent.run(stop.signal).finally(end),
      feedAll(consumer, nodeName, follow).finally(end),
      otherNodes.keep(),
      isOnce ? undefined : serve(),
    ]);
  } finally {
    machine.signal.removeEventListener("abort", end);
  }
  const { isReady, failures } = agent.snapshot();
  getLogger("cli").info("ended; the kernel's tables stay as they are");
  return isOnce && (!isReady || failures.size > 0)
    ? EXIT.failure
    : EXIT.success;
}

function compose(
  { settings, nodeName, ready, runner }: WorkOptions,
  observer: AgentObserver,
): { readonly agent: Agent; readonly view: ViewOptions } {
  const { host, inspection, families } = ready;
  const model = new ClusterModel({ nodeName });
  const masqueradeMark = 2 ** settings.masqueradeBit;
  const marks = new MarkRegistry(DEFAULT_MARK_RANGE, masqueradeMark);
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
    marks,
    sources: ["Service", "EndpointSlice", "Node", "ServiceCIDR"],
    runDirectory: settings.dryRun ? readOnlyDirectory(directory) : directory,
    device: DEVICE,
    timing: {
      minSyncMs: settings.minSyncPeriodMs,
      syncMs: settings.syncPeriodMs,
    },
    monitor: (signal) =>
      runner.lines(["ip", "monitor", "link", "address"], signal),
    observer,
  });
  return { agent, view };
}
