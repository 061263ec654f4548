import type { CommandRunner, Modules, Sysctls } from "#apply";
import { PrerequisiteError } from "./exit_code.ts";
import { requiredModules, WANTED_MODULES } from "./requirements.ts";
import type { Settings } from "./settings_types.ts";
import { changedSysctls, type HostFacts, planSysctls } from "./sysctl_plan.ts";

/** What setting up the kernel tells. */
export interface SetUpReport {
  /** Done: "net.ipv4.ip_forward = 1 (was 0): ...". */
  readonly done: readonly string[];
  /** Could not be done, and goes on without. */
  readonly warnings: readonly string[];
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

/** Sets how long IPVS keeps idle connections; gives a warning, or nothing. */
async function setTimeouts(
  { ipvsTimeouts }: Pick<Settings, "ipvsTimeouts">,
  runner: CommandRunner,
): Promise<string> {
  const { tcpMs, tcpFinMs, udpMs } = ipvsTimeouts;
  const seconds = [tcpMs, tcpFinMs, udpMs].map((ms) =>
    String(Math.floor(ms / 1_000))
  );
  if (seconds.every((value) => value === "0")) return "";
  const result = await runner.run(["ipvsadm", "--set", ...seconds]);
  if (result.code === 0) return "";
  return `Cannot set the timeouts of IPVS: ${result.stderr.trim()}`;
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
  const timeouts = await setTimeouts(settings, host.runner);
  if (timeouts !== "") warnings.push(timeouts);
  const wanted = planSysctls(settings, facts);
  const present = await host.sysctls.read(wanted.map(({ name }) => name));
  const changed = changedSysctls(wanted, present);
  if (changed.length === 0) return { done: [], warnings };
  const failures = await host.sysctls.write(
    new Map(changed.map(({ name, value }) => [name, value])),
  );
  const essential: string[] = [];
  const done: string[] = [];
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
