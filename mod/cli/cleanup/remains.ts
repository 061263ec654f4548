import { DEVICE } from "../host_view.ts";
import { planRules } from "./plan_rules.ts";
import type { CleanupPlan, CleanupScope, Seen } from "./types.ts";

/** Names of all that a plan takes away, as they are reported. */
export function thingsOf(plan: CleanupPlan): readonly string[] {
  return [
    ...plan.servers.map((key) => `virtual server ${key}`),
    ...plan.addresses.map((address) => `address ${address} of ${DEVICE}`),
    ...plan.routes.map(({ cidr }) => `local route ${cidr}`),
    ...plan.rules.flatMap(({ things }) => things),
    ...plan.sets.map((name) => `set ${name}`),
    ...(plan.device ? [`device ${DEVICE}`] : []),
  ];
}

/** What of a plan is still there, as a plan. */
export function remainsOf(
  plan: CleanupPlan,
  seen: Seen,
  what: CleanupScope["what"],
): CleanupPlan {
  const networks = new Set(seen.routes.map(({ cidr }) => cidr));
  return {
    servers: plan.servers.filter((key) => seen.servers.has(key)),
    addresses: plan.addresses.filter((address) =>
      seen.device?.addresses.has(address) ?? false
    ),
    routes: plan.routes.filter(({ cidr }) => networks.has(cidr)),
    rules: planRules(seen.rules, what).parts,
    sets: plan.sets.filter((name) => seen.sets.has(name)),
    device: plan.device && seen.device !== undefined,
    left: [],
  };
}
