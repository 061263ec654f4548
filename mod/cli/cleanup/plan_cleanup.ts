import { DEVICE } from "../host_view.ts";
import type { IpAddress } from "#model";
import { setName, type VirtualServerKey } from "#plan";
import {
  claimsOfKubeProxy,
  type KubeProxyClaims,
} from "./kube_proxy_claims.ts";
import { ownServers } from "./own_servers.ts";
import { hasKubeProxyJumps } from "./kube_proxy_rules.ts";
import { planRules } from "./plan_rules.ts";
import { planSets } from "./plan_sets.ts";
import type { CleanupPlan, CleanupScope, Left, Seen } from "./types.ts";

/**
 * Decides what goes. Nothing goes that is not provably ours, or provably
 * kube-proxy's where that is asked for; what stays is named with the reason.
 *
 * What kube-proxy's own sets name stays while its rules are in place, though it
 * be on our record: it serves that by now, as after handing back to it.
 */
export function planCleanup(seen: Seen, scope: CleanupScope): CleanupPlan {
  const claims = claimsOfKubeProxy(seen);
  const servers = planServers(seen, scope, claims);
  const addresses = planAddresses(seen, scope, claims);
  const rules = planRules(seen.rules, scope.what);
  const sets = planSets(seen, scope.what, rules);
  const hasTraces = (scope.record?.addresses.length ?? 0) > 0 ||
    addresses.go.length + sets.go.length + rules.parts.length > 0;
  const device = planDevice(seen, {
    taken: new Set(addresses.go),
    hasTraces: hasTraces && scope.what !== "kube-proxy",
  });
  return {
    servers: servers.go,
    addresses: addresses.go,
    routes: scope.what === "kube-proxy" || scope.keepRoutes ? [] : seen.routes,
    rules: rules.parts,
    sets: sets.go,
    device: device.goes,
    left: [
      ...servers.left,
      ...addresses.left,
      ...rules.left,
      ...sets.left,
      ...device.left,
    ],
  };
}

/** Some things of a kind: those that go, and those that stay. */
interface Sorted<T> {
  readonly go: readonly T[];
  readonly left: readonly Left[];
}

interface Sides<T> {
  readonly all: Iterable<T>;
  readonly ours: ReadonlySet<T>;
  readonly theirs: ReadonlySet<T>;
  readonly isServedByKubeProxy: boolean;
  name(thing: T): string;
}

function sort<T>(what: CleanupScope["what"], sides: Sides<T>): Sorted<T> {
  const go: T[] = [];
  const left: Left[] = [];
  const stay = (thing: T, reason: string): void => {
    left.push({ thing: sides.name(thing), reason, shouldGo: false });
  };
  for (const thing of sides.all) {
    const isOurs = sides.ours.has(thing);
    const isTheirs = sides.theirs.has(thing);
    if (what === "kube-proxy") {
      if (isTheirs && !isOurs) go.push(thing);
      else stay(thing, isOurs ? "ours" : "on no record and in no set");
    } else if (what === "both" && isTheirs) go.push(thing);
    else if (!isOurs) {
      stay(
        thing,
        isTheirs ? "kube-proxy's: its sets name it" : "not on our record",
      );
    } else if (isTheirs && sides.isServedByKubeProxy) {
      stay(thing, "kube-proxy serves it: its rules and sets are in place");
    } else go.push(thing);
  }
  return { go, left };
}

function isServed({ rules }: Seen): boolean {
  return rules.some(({ text }) => hasKubeProxyJumps(text));
}

function planServers(
  seen: Seen,
  scope: CleanupScope,
  claims: KubeProxyClaims,
): Sorted<VirtualServerKey> {
  return sort(scope.what, {
    all: seen.servers.keys(),
    ours: ownServers(seen, scope),
    theirs: claims.servers,
    isServedByKubeProxy: isServed(seen),
    name: (key) => `virtual server ${key}`,
  });
}

function planAddresses(
  seen: Seen,
  scope: CleanupScope,
  claims: KubeProxyClaims,
): Sorted<IpAddress> {
  return sort(scope.what, {
    all: seen.device?.addresses ?? [],
    ours: ownAddresses(seen, scope),
    theirs: claims.addresses,
    isServedByKubeProxy: isServed(seen),
    name: (address) => `address ${address} of ${DEVICE}`,
  });
}

function ownAddresses(
  { sets }: Seen,
  { record, withoutRecord }: CleanupScope,
): ReadonlySet<IpAddress> {
  if (record !== undefined) return new Set(record.addresses);
  if (!withoutRecord) return new Set();
  const names = (["ipv4", "ipv6"] as const).map((family) =>
    setName("addresses", family)
  );
  const elements = names.flatMap((name) => [
    ...sets.get(name)?.elements.keys() ?? [],
  ]);
  return new Set(elements as IpAddress[]);
}

/** A device that is empty, and of which there are traces of ours. */
function planDevice(
  { device }: Seen,
  { taken, hasTraces }: {
    readonly taken: ReadonlySet<IpAddress>;
    readonly hasTraces: boolean;
  },
): { readonly goes: boolean; readonly left: readonly Left[] } {
  if (device === undefined) return { goes: false, left: [] };
  const stay = (reason: string): ReturnType<typeof planDevice> => ({
    goes: false,
    left: [{ thing: `device ${DEVICE}`, reason, shouldGo: false }],
  });
  if (!device.isDummy) return stay("it is no dummy, so neither made it");
  const others = [...device.addresses].filter((address) => !taken.has(address));
  if (others.length > 0) return stay(`it has ${others.length} other addresses`);
  if (!hasTraces) return stay("nothing shows whose it is");
  return { goes: true, left: [] };
}
