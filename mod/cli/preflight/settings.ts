import type { Sysctls } from "#apply";
import type { Finding } from "../inspect_host.ts";
import type { Settings } from "../settings_types.ts";
import { changedSysctls, type HostFacts, planSysctls } from "../sysctl_plan.ts";

/**
 * Compares kernel settings with those that `run` would write. What it would
 * change is no fault: it is told, since it is for the whole host.
 */
export async function checkSysctls(
  settings: Settings,
  facts: HostFacts,
  sysctls: Pick<Sysctls, "read">,
): Promise<readonly Finding[]> {
  const wanted = planSysctls(settings, facts);
  const present = await sysctls.read(wanted.map(({ name }) => name));
  const changed = changedSysctls(wanted, present);
  const good = wanted.filter(({ name }) =>
    present.has(name) && !changed.some((one) => one.name === name)
  );
  const missing = wanted.filter(({ name, isEssential }) =>
    isEssential && !present.has(name)
  );
  return [
    {
      result: "ok",
      subject: "kernel settings",
      text: `${good.length} are as run wants them`,
    },
    ...changed.map(({ name, value, why }): Finding => ({
      result: "warn",
      subject: `setting ${name}`,
      text: `${present.get(name)?.trim()}; run sets it to ${value}: ${why}`,
    })),
    ...missing.map(({ name, why }): Finding => ({
      result: "warn",
      subject: `setting ${name}`,
      text: `not there yet; ${why}`,
      remedy: "it comes with its kernel module, which run loads",
    })),
  ];
}
