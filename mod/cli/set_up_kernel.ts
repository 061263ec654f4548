import type { CommandRunner, Modules, Sysctls } from "#apply";
import { PrerequisiteError } from "./exit_code.ts";
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
  parseTimeouts,
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

async function readTimeouts(
  runner: CommandRunner,
): Promise<IpvsTimeouts | undefined> {
  const { code, stdout } = await runner.run([
    "ipvsadm",
    "--list",
    "--timeout",
  ]);
  return code === 0 ? parseTimeouts(stdout) : undefined;
}

/** Sets how long IPVS keeps idle connections, where that is asked for. */
async function setTimeouts(
  { ipvsTimeouts }: Pick<Settings, "ipvsTimeouts">,
  runner: CommandRunner,
): Promise<SetUpReport> {
  const { tcpMs, tcpFinMs, udpMs } = ipvsTimeouts;
  const seconds = [tcpMs, tcpFinMs, udpMs].map((ms) =>
    String(Math.floor(ms / 1_000))
  );
  const before = await readTimeouts(runner);
  const base = before === undefined ? {} : { timeouts: before };
  if (seconds.every((value) => value === "0")) {
    return { done: [], warnings: [], ...base };
  }
  const { code, stderr } = await runner.run(["ipvsadm", "--set", ...seconds]);
  if (code !== 0) {
    const reason = `Cannot set the timeouts of IPVS: ${stderr.trim()}`;
    return { done: [], warnings: [reason], ...base };
  }
  const after = await readTimeouts(runner);
  if (after === undefined) return { done: [], warnings: [] };
  const words = before === undefined ? "" : ` (was ${inWords(before)})`;
  const isSame = before !== undefined && inWords(before) === inWords(after);
  return {
    done: isSame
      ? []
      : [`timeouts of IPVS = ${inWords(after)}${words}: as ipvs.* says`],
    warnings: [],
    timeouts: after,
  };
}

function inWords({ tcp, tcpFin, udp }: IpvsTimeouts): string {
  return `tcp ${tcp} s, tcpfin ${tcpFin} s, udp ${udp} s`;
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
    warnings: [...warnings, ...set.warnings, ...written.warnings],
    ...(timeouts === undefined ? {} : { timeouts }),
  };
}

async function writeSysctls(
  wanted: readonly WantedSysctl[],
  host: SetUpHost,
): Promise<SetUpReport> {
  const present = await host.sysctls.read(wanted.map(({ name }) => name));
  const changed = changedSysctls(wanted, present);
  if (changed.length === 0) return { done: [], warnings: [] };
  const failures = await host.sysctls.write(
    new Map(changed.map(({ name, value }) => [name, value])),
  );
  const essential: string[] = [];
  const done: string[] = [];
  const warnings: string[] = [];
  for (const { name, value, why, isEssential } of changed) {
    const reason = failures.get(name);
    if (reason === undefined) {
      done.push(`${name} = ${value} (was ${present.get(name)}): ${why}`);
    } else {
      const list = isEssential ? essential : warnings;
      list.push(`Cannot set ${name} to ${value}: ${reason}; ${why}`);
    }
  }
  if (essential.length > 0) throw new PrerequisiteError(essential);
  return { done, warnings };
}
