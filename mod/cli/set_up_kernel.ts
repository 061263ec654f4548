import type { CommandRunner, Modules, Sysctls } from "#apply";
import { inWords, setIpvsTimeouts } from "./ipvs_timeouts.ts";
import { describeKernelBugs } from "./kernel_bugs.ts";
import { requiredModules, WANTED_MODULES } from "./requirements.ts";
import type { Settings } from "./settings_types.ts";
import {
  changedSysctls,
  type HostFacts,
  planSysctls,
  type WantedSysctl,
} from "./sysctl_plan.ts";
import {
  CONNTRACK_TIMEOUTS,
  type IpvsTimeouts,
  timeoutWarnings,
} from "./timeouts.ts";

/** What setting up the kernel tells. */
export interface SetUpReport {
  /** Done: "net.ipv4.ip_forward = 1 (was 0): ...". */
  readonly done: readonly string[];
  /** Could not be done, and goes on without. */
  readonly warnings: readonly string[];
  /** Timeouts that hold; absent: they cannot be read. */
  readonly timeouts?: IpvsTimeouts;
}

/** What setting up the kernel needs of the host. */
export interface SetUpHost {
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Kernel modules. */
  readonly modules: Modules;
  /** Kernel settings. */
  readonly sysctls: Sysctls;
}

/** Sets how long IPVS keeps idle connections, where that is asked for. */
async function setTimeouts(
  settings: Pick<Settings, "ipvsTimeouts">,
  runner: CommandRunner,
): Promise<SetUpReport> {
  const { before, now, refused } = await setIpvsTimeouts(settings, runner);
  const timeouts = now === undefined ? {} : { timeouts: now };
  if (refused !== undefined) {
    const warning = `Cannot set the timeouts of IPVS: ${refused}`;
    return { done: [], warnings: [warning], ...timeouts };
  }
  if (now === undefined || now === before) {
    return { done: [], warnings: [], ...timeouts };
  }
  const was = before === undefined ? "" : ` (was ${inWords(before)})`;
  const done = `timeouts of IPVS = ${inWords(now)}${was}: as ipvs.* says`;
  return { done: [done], warnings: [], ...timeouts };
}

/** Loads the modules and writes the kernel settings that differ. */
export async function setUpKernel(
  settings: Settings,
  facts: HostFacts,
  host: SetUpHost,
): Promise<SetUpReport> {
  const names = [...requiredModules(settings.scheduler), ...WANTED_MODULES]
    .map(({ name }) => name);
  const refused = await host.modules.load(names);
  const warnings = [...refused].map(([name, reason]) =>
    `Cannot load module ${name}: ${reason}`
  );
  const set = await setTimeouts(settings, host.runner);
  const written = await writeSysctls(planSysctls(settings, facts), host);
  const { timeouts } = set;
  if (timeouts !== undefined) {
    const conntrack = await host.sysctls.read(CONNTRACK_TIMEOUTS);
    warnings.push(...timeoutWarnings(timeouts, conntrack));
  }
  return {
    done: [...set.done, ...written.done],
    warnings: [
      ...describeKernelBugs(facts.kernelRelease),
      ...warnings,
      ...set.warnings,
      ...written.warnings,
    ],
    ...(timeouts === undefined ? {} : { timeouts }),
  };
}

/**
 * Writes those that differ. What the kernel does not have or refuses, as in a
 * container, is told of, and the work goes on without: what is there may do,
 * or another program sets it later.
 */
async function writeSysctls(
  wanted: readonly WantedSysctl[],
  host: SetUpHost,
): Promise<SetUpReport> {
  const present = await host.sysctls.read(wanted.map(({ name }) => name));
  const warnings = wanted.filter(({ name, isEssential }) =>
    isEssential && !present.has(name)
  ).map(({ name, without }) => `This kernel has no ${name}: ${without}`);
  const changed = changedSysctls(wanted, present);
  if (changed.length === 0) return { done: [], warnings };
  const failures = await host.sysctls.write(
    new Map(changed.map(({ name, value }) => [name, value])),
  );
  const done: string[] = [];
  for (const { name, value, why, isEssential, without } of changed) {
    const reason = failures.get(name);
    if (reason === undefined) {
      done.push(`${name} = ${value} (was ${present.get(name)}): ${why}`);
      continue;
    }
    const loss = isEssential ? `until it is set, ${without}` : why;
    warnings.push(`Cannot set ${name} to ${value}: ${reason}; ${loss}`);
  }
  return { done, warnings };
}
