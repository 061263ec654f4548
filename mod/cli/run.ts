import {
  type CommandRunner,
  createHost,
  findIptablesBackEnd,
  type FoundBackEnd,
  type Host,
  HOST_CLOCK,
  MeasuredRunner,
} from "#apply";
import type { IpFamily } from "#model";
import { type LogControl, readServiceManager } from "#observe";
import { openTransport } from "#watch";
import { getLogger } from "@std/log";
import { checkBackEnd, noBackEnd } from "./back_end.ts";
import { connect, nodeNameOf } from "./connect.ts";
import { describeBetterDefaults } from "./defaults.ts";
import { DryRunner } from "./dry_run.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { inspectHost, requireAll } from "./inspect_host.ts";
import { kernelSettingsWriter } from "./kernel_settings.ts";
import type { LiveSettings } from "./live_settings.ts";
import { logsFollowing } from "./logs_following.ts";
import { runOverAndOver } from "./run_over.ts";
import type { ReadyHost } from "./compose.ts";
import type { Settings } from "./settings_types.ts";
import { planSysctls } from "./sysctl_plan.ts";
import { VERSION } from "./version.ts";
import { work } from "./work.ts";

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
  /** Tells when something in a folder changes, until the signal. */
  changesIn(folder: string, signal: AbortSignal): AsyncIterable<unknown>;
  /** Value of an environment variable; undefined: not set. */
  env(name: string): string | undefined;
  /** Prints a line on standard output. */
  print(line: string): void;
  /** The logs; absent: they cannot be changed or read. */
  readonly logs?: LogControl;
  /** Ends the run when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Runs the agent until it is told to end, or once. Ending leaves the kernel's
 * tables as they are.
 *
 * @param reread reads flags and file again; absent: the file is not followed
 * @throws {UsageError} when the API server cannot be found in what was given
 * @throws {PrerequisiteError} when the node lacks something
 */
export async function run(
  settings: Settings,
  machine: Machine,
  reread?: () => Promise<Settings>,
): Promise<ExitCode> {
  const logsFollow = logsFollowing(settings, machine.logs);
  return await runOverAndOver(settings, {
    machine,
    runOnce: (live, signal) => {
      logsFollow(live.current);
      return runOnce(live, { ...machine, signal });
    },
    rehearse: async (next) => {
      await connect(next, machine);
      requireAll((await inspectHost(next, machine)).findings);
    },
    ...(reread === undefined ? {} : { reread }),
  });
}

async function runOnce(
  live: LiveSettings,
  machine: Machine,
): Promise<ExitCode> {
  const settings = live.current;
  const logger = getLogger("cli");
  const nodeName = nodeNameOf(settings.hostnameOverride, machine.hostname);
  logger.info(`kube-proxy ${VERSION} (ipvs)`, { node: nodeName });
  for (const warning of settings.warnings) logger.warn(warning);
  const better = describeBetterDefaults(settings.given);
  if (!settings.compat && better !== "") logger.info(better);
  const { access, warnings } = await connect(settings, machine);
  for (const warning of warnings) logger.warn(warning);
  const measured = new MeasuredRunner(machine.runner, HOST_CLOCK.monotonicMs);
  const runner = settings.dryRun
    ? new DryRunner(machine.runner, machine.print)
    : measured;
  const ready = await prepareHost(settings, { ...machine, runner });
  if (settings.initOnly) return EXIT.success;
  if (runner instanceof DryRunner) runner.isPrinting = true;
  const transport = await openTransport(access);
  logger.info("following the API server", { server: transport.server });
  try {
    const { signal, logs } = machine;
    const manager = readServiceManager(machine.env);
    return await work({
      ...{ settings, live, nodeName, ready, runner, measured, transport },
      ...(logs === undefined ? {} : { logs }),
      ...(manager === undefined ? {} : { manager }),
      signal,
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
  const { runner, cpus } = machine;
  const inspection = await inspectHost(settings, machine);
  requireAll(inspection.findings);
  const backEnd = await findBackEnd(runner);
  const findings = [...inspection.findings, checkBackEnd(backEnd)];
  requireAll(findings);
  const doubts = findings.filter(({ result }) => result === "warn");
  for (const { subject, text } of doubts) logger.warn(`${subject}: ${text}`);
  const host = createHost(runner, backEnd.backEnd);
  const families = await familiesOf(host);
  const kernelRelease = machine.kernelRelease();
  const writeKernelSettings = kernelSettingsWriter({
    ...{ host, runner, kernelRelease, cpus, families },
  });
  const timeouts = await writeKernelSettings(settings);
  logger.info("host is ready", {
    iptables: `${backEnd.backEnd}, since ${backEnd.reason}`,
    families: [...families].join(","),
    ...(timeouts === undefined ? {} : {
      idleSeconds: `tcp ${timeouts.tcp}, tcpfin ${timeouts.tcpFin}, ` +
        `udp ${timeouts.udp}`,
    }),
  });
  return {
    ...{ host, inspection, backEnd, families, cpus, writeKernelSettings },
    wanted: (settings) =>
      planSysctls(settings, {
        ...{ kernelRelease, cpus, hasIpv6: families.has("ipv6") },
      }),
    ...(timeouts === undefined ? {} : { timeouts }),
  };
}

async function findBackEnd(runner: CommandRunner): Promise<FoundBackEnd> {
  try {
    return await findIptablesBackEnd(runner);
  } catch (error) {
    requireAll([noBackEnd(error)]);
    throw error;
  }
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
