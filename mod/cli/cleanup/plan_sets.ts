import { SET_KINDS, SET_PREFIX, setName } from "#plan";
import { KUBE_PROXY_SETS } from "./kube_proxy_names.ts";
import type { PlannedRules } from "./plan_rules.ts";
import type { CleanupScope, Left, Seen } from "./types.ts";

/** All names of our own sets, and of those that are about to be swapped in. */
export const OWN_SETS: ReadonlySet<string> = new Set(
  (["ipv4", "ipv6"] as const).flatMap((family) => [
    ...SET_KINDS.map((kind) => setName(kind, family)),
    `${SET_PREFIX[family]}NEXT`,
  ]),
);

/** Decides about the sets; one that a rule needs that stays, stays. */
export function planSets(
  { sets }: Seen,
  what: CleanupScope["what"],
  rules: Pick<PlannedRules, "staying">,
): { readonly go: readonly string[]; readonly left: readonly Left[] } {
  const users = new Map<string, string>();
  for (const { rule, of } of rules.staying) {
    for (const [, name = ""] of rule.matchAll(/-set (\S+) /g)) {
      users.set(name, of);
    }
  }
  const go: string[] = [];
  const left: Left[] = [];
  for (const { name, type } of sets.values()) {
    const isOurs = OWN_SETS.has(name);
    if (what === (isOurs ? "kube-proxy" : "ours")) continue;
    const wanted = KUBE_PROXY_SETS.get(name);
    const user = users.get(name);
    const stay = (reason: string, shouldGo: boolean): void => {
      left.push({ thing: `set ${name}`, reason, shouldGo });
    };
    const isAmiss = true;
    if (!isOurs && wanted !== type) {
      stay(`kube-proxy's is of type ${wanted}, this one ${type}`, isAmiss);
    } else if (user !== undefined) stay(`${user} asks it`, isAmiss);
    else go.push(name);
  }
  return { go, left };
}
