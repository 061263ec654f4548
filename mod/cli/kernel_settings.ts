import type { CommandRunner, Host } from "#apply";
import type { IpFamily } from "#model";
import { getLogger } from "@std/log";
import { setUpKernel } from "./set_up_kernel.ts";
import type { Settings } from "./settings_types.ts";
import type { IpvsTimeouts } from "./timeouts.ts";

/** Writes the kernel settings that a configuration asks for. */
export type WriteKernelSettings = (
  settings: Settings,
) => Promise<IpvsTimeouts | undefined>;

/** What writing them takes. */
export interface KernelSettingsOptions {
  /** Doors to the host. */
  readonly host: Host;
  /** Runs the tools. */
  readonly runner: CommandRunner;
  /** Release of the kernel. */
  readonly kernelRelease: string;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Families that it has. */
  readonly families: ReadonlySet<IpFamily>;
}

/**
 * Gives what loads modules and writes kernel settings, says each change in the
 * log, and tells the timeouts that hold then.
 */
export function kernelSettingsWriter(
  { host, runner, kernelRelease, cpus, families }: KernelSettingsOptions,
): WriteKernelSettings {
  return async (settings) => {
    const logger = getLogger("cli");
    const facts = { kernelRelease, cpus, hasIpv6: families.has("ipv6") };
    const { done, warnings, timeouts } = await setUpKernel(settings, facts, {
      ...host,
      runner,
    });
    for (const line of done) logger.info(`set ${line}`);
    for (const line of warnings) logger.warn(line);
    return timeouts;
  };
}
