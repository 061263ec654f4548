import type { IpAddress } from "#model";
import type { ServicePlan } from "#plan";
import type { Desired } from "./desired.ts";
import { elementId } from "./element.ts";
import type { Observed } from "./observed.ts";

/**
 * Those of some endpoint addresses that clients of a Service really reach:
 * every virtual server that is to have such a real server has it in the
 * kernel, with a weight, and the frontends' addresses and set elements are
 * there too. A frontend that belongs to another Service does not count.
 */
export function programmedAddresses(
  plan: Pick<ServicePlan, "service" | "frontends">,
  addresses: readonly IpAddress[],
  { desired, observed }: {
    readonly desired: Pick<Desired, "virtualServer">;
    readonly observed: Pick<
      Observed,
      "virtualServer" | "hasAddress" | "hasElement"
    >;
  },
): readonly IpAddress[] {
  const wanted = new Map<IpAddress, boolean>();
  for (const frontend of plan.frontends) {
    const isOpen = (!frontend.bind || observed.hasAddress(frontend.address)) &&
      frontend.setEntries.every((one) => observed.hasElement(elementId(one)));
    for (const { key, realServers } of frontend.virtualServers) {
      if (desired.virtualServer(key)?.service !== plan.service) continue;
      const seen = observed.virtualServer(key)?.realServers;
      for (const [realKey, { weight }] of realServers) {
        if (weight === 0) continue;
        const address = addressOf(realKey);
        const isThere = isOpen && (seen?.get(realKey)?.weight ?? 0) > 0;
        wanted.set(address, (wanted.get(address) ?? true) && isThere);
      }
    }
  }
  return addresses.filter((address) => wanted.get(address) === true);
}

/** "10.0.0.1:80" and "[fd00::1]:80". */
function addressOf(realServer: string): IpAddress {
  return realServer.slice(0, realServer.lastIndexOf(":"))
    .replace(/^\[|\]$/g, "") as IpAddress;
}
