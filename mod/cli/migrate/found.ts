import { claimsOfKubeProxy } from "../cleanup/kube_proxy_claims.ts";
import { hasKubeProxyJumps } from "../cleanup/kube_proxy_rules.ts";
import { KUBE_PROXY_SETS } from "../cleanup/kube_proxy_names.ts";
import { programOf } from "../cleanup/plan_rules.ts";
import type { Seen } from "../cleanup/types.ts";

/** Jumps without which no Service of ours is served rightly. */
const OUR_JUMPS: readonly string[] = [
  "KUBE-VS-MARK",
  "KUBE-VS-SERVICES",
  "KUBE-VS-OUTPUT",
  "KUBE-VS-POSTROUTING",
  "KUBE-VS-INPUT",
];

/** Whether kube-proxy's ipvs mode has its rules in place. */
export function hasKubeProxy({ rules }: Seen): boolean {
  return rules.some(({ text }) => hasKubeProxyJumps(text));
}

/** Whether anything of kube-proxy's ipvs mode is there. */
export function hasTracesOfKubeProxy(seen: Seen): boolean {
  const { servers, addresses } = claimsOfKubeProxy(seen);
  return hasKubeProxy(seen) || servers.size + addresses.size > 0 ||
    [...seen.sets.keys()].some((name) => KUBE_PROXY_SETS.has(name));
}

/** Whether our rules are in place, in every family where kube-proxy's are. */
export function hasOurRules({ rules }: Seen): boolean {
  const theirs = rules.filter(({ text }) => hasKubeProxyJumps(text));
  const needed = theirs.length > 0
    ? theirs
    : rules.filter(({ family, text }) =>
      family === "ipv4" && text.includes("-j KUBE-VS-")
    );
  return needed.length > 0 &&
    needed.every(({ text }) =>
      OUR_JUMPS.every((chain) =>
        new RegExp(`^-A [A-Z]+ .*-j ${chain}$`, "m").test(text)
      )
    );
}

/** What is there of kube-proxy's and of others, a sentence each. */
export function describeFound(seen: Seen): readonly string[] {
  const { servers, addresses } = claimsOfKubeProxy(seen);
  const others = [...seen.servers.keys()].filter((key) => !servers.has(key));
  const schedulers = new Map<string, number>();
  for (const key of servers) {
    const scheduler = seen.servers.get(key)?.scheduler ?? "";
    schedulers.set(scheduler, (schedulers.get(scheduler) ?? 0) + 1);
  }
  const used = [...schedulers].map(([name, count]) => `${name} (${count})`);
  const where = seen.rules.filter(({ text }) => hasKubeProxyJumps(text))
    .map(programOf);
  return [
    where.length === 0
      ? "kube-proxy's rules are not in place"
      : `kube-proxy's rules are in place in ${where.join(" and ")}`,
    `its sets name ${servers.size} virtual servers and ${addresses.size} ` +
    "addresses that are there",
    ...(used.length === 0 ? [] : [`it uses the schedulers ${used.join(", ")}`]),
    ...(others.length === 0
      ? []
      : [`${others.length} virtual servers are named by none of its sets`]),
  ];
}
