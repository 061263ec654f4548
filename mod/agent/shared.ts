/**
 * What Services share: an address, or a frontend that was another's before. A
 * Service that the kernel refuses must not keep it from the others (I8).
 *
 * @module
 */
import {
  addressEntry,
  addTouched,
  type Desired,
  elementId,
  frontendOfElement,
  newTouched,
  type Touched,
} from "#diff";
import type { ServiceName } from "#model";
import type { FrontendKey, ServicePlan } from "#plan";
import { isRepair } from "./units.ts";
import type { WorkUnit } from "./work_queue.ts";

/**
 * What a new plan touched, with all of the frontends that are new in it:
 * another Service may have brought an address or an element, and fail.
 */
export function withShared(
  touched: Touched,
  plan: ServicePlan,
  old: ServicePlan | undefined,
): Touched {
  const known = new Set(old?.frontends.map(({ key }) => key));
  const fresh = plan.frontends.filter(({ key }) => !known.has(key));
  if (fresh.length === 0) return touched;
  const all = newTouched();
  addTouched(all, touched);
  for (const { bind, address, setEntries } of fresh) {
    if (bind) all.addresses.add(address);
    for (const entry of setEntries) all.elements.set(elementId(entry), entry);
  }
  return all;
}

/**
 * What an audit leaves to the units that failed, which try it again: not what
 * a Service needs that is well.
 */
export function leftToRetries(
  failing: readonly WorkUnit[],
  { plans, desired }: {
    readonly plans: ReadonlyMap<ServiceName, ServicePlan>;
    readonly desired: Desired;
  },
): Touched {
  const left = newTouched();
  const services = failing.filter((unit) => !isRepair(unit));
  for (const { touched } of services) addTouched(left, touched);
  const elements = elementsByFrontend(left);
  const names = new Set(services.map(({ id }) => id));
  for (const [name, { frontends }] of services.length > 0 ? plans : []) {
    if (names.has(name)) continue;
    for (const { key, bind, address, virtualServers } of frontends) {
      if (desired.holderOf(key)?.service !== name) continue;
      if (bind) {
        left.addresses.delete(address);
        left.elements.delete(elementId(addressEntry(address)));
      }
      for (const server of virtualServers) {
        left.virtualServers.delete(server.key);
      }
      for (const id of elements.get(key) ?? []) left.elements.delete(id);
    }
  }
  for (const unit of failing) {
    if (isRepair(unit)) addTouched(left, unit.touched);
  }
  return left;
}

function elementsByFrontend(
  { elements }: Touched,
): ReadonlyMap<FrontendKey, readonly string[]> {
  const found = new Map<FrontendKey, string[]>();
  for (const [id, { element }] of elements) {
    if (!element.includes(",")) continue;
    const key = frontendOfElement(element);
    const ids = found.get(key);
    if (ids === undefined) found.set(key, [id]);
    else ids.push(id);
  }
  return found;
}
