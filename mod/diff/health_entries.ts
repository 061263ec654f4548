import type { FrontendPlan, SetEntry } from "#plan";

/** A health-check port is opened in every family that the Service serves. */
export function healthEntries(plan: {
  readonly frontends: readonly FrontendPlan[];
  readonly healthCheck?: { readonly port: number };
}): SetEntry[] {
  if (plan.healthCheck === undefined) return [];
  const element = String(plan.healthCheck.port);
  const families = new Set(
    plan.frontends.map((frontend) =>
      frontend.address.includes(":") ? "ipv6" as const : "ipv4" as const
    ),
  );
  return [...families].map((family) => ({
    family,
    set: "health-checks" as const,
    element,
  }));
}
