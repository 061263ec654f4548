import type { ServicePlan, SetEntry, VirtualServer } from "#plan";

/** A virtual server as `ipvsadm --save --numeric` prints it. */
export function formatSave(server: VirtualServer): readonly string[] {
  const persistence = server.persistenceTimeoutSeconds === undefined
    ? ""
    : ` -p ${server.persistenceTimeoutSeconds}`;
  const flags = server.schedulerFlags.length === 0
    ? ""
    : ` -b ${server.schedulerFlags.join(",")}`;
  return [
    `-A ${server.key} -s ${server.scheduler}${persistence}${flags}`,
    ...[...server.realServers.values()].map((real) =>
      `-a ${server.key} -r ${real.key} -m -w ${real.weight}`
    ),
  ];
}

/** All virtual servers of plans, sorted as text. */
export function formatPlans(plans: readonly ServicePlan[]): readonly string[] {
  return plans.flatMap((plan) => plan.frontends)
    .flatMap((frontend) => frontend.virtualServers)
    .flatMap(formatSave).sort();
}

/** Lines of an expectation, sorted; blank ones and comments left out. */
export function parseLines(text: string): readonly string[] {
  return text.split("\n").map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "").sort();
}

/** An element of a set, with its mark if it has one. */
export function formatElement(entry: SetEntry): string {
  return entry.mark === undefined
    ? entry.element
    : `${entry.element} ${entry.mark}`;
}
