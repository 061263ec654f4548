import type { Host } from "#apply";
import { type DiffResult, Observed } from "#diff";
import type { RuleOptions } from "#plan";
import type { Kernel } from "./kernel.ts";
import type { RoutesKeeper } from "./routes_keeper.ts";
import { ensureRules } from "./rules_keeper.ts";

/** What a preview looks at. */
export interface PreviewOptions {
  /** Doors that list, and take note of changes without making them. */
  readonly host: Host;
  /** Both sides. */
  readonly kernel: Kernel;
  /** Rules of each family. */
  readonly rules: readonly RuleOptions[];
  /** Local routes of networks. */
  readonly routesKeeper: RoutesKeeper;
  /** Name of the device. */
  readonly device: string;
}

/**
 * Lists everything afresh and does, through doors that change nothing, what
 * an audit would do now. Nothing that the agent remembers is touched.
 */
export async function previewPass(
  { host, kernel, rules, routesKeeper, device }: PreviewOptions,
): Promise<DiffResult> {
  const observed = new Observed();
  const sets = await host.ipSets.list();
  observed.replaceSets(sets);
  await host.ipSets.ensure(kernel.needs, sets);
  await ensureRules(host.iptables, rules);
  const seen = await host.links.device(device);
  observed.replaceAddresses(seen?.addresses ?? []);
  if (seen === undefined) await host.links.addDevice(device);
  observed.replaceServers(await host.ipvs.list());
  // From here to the end nothing else runs: plans are those of now.
  const result = kernel.compareWith(observed, "all", "fresh");
  const { setAdds, ipvs, addressAdds, addressDeletes, setDeletes } =
    result.changes;
  await host.ipSets.restore({ add: setAdds, delete: [] });
  await host.ipvs.restore(ipvs);
  if (addressAdds.length + addressDeletes.length > 0) {
    await host.links.restore(device, {
      add: addressAdds,
      delete: addressDeletes,
    });
  }
  await host.ipSets.restore({ add: [], delete: setDeletes });
  await routesKeeper.preview(host.routes);
  return result;
}
