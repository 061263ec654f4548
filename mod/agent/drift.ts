import type { Changes, Touched } from "#diff";
import { elementId } from "#diff";
import type { DriftKind } from "./types.ts";

/**
 * What of an audit's changes is the work of others: everything except what
 * already waits for another try.
 */
export function countDrift(
  changes: Changes,
  waiting: Touched,
): Map<DriftKind, number> {
  const counts = new Map<DriftKind, number>();
  const add = (kind: DriftKind): void => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  for (const operation of changes.ipvs) {
    const isServer = operation.verb.endsWith("-service");
    const key = "server" in operation ? operation.server.key : operation.key;
    if (waiting.virtualServers.has(key)) continue;
    add(isServer ? "virtual server" : "real server");
  }
  for (const address of [...changes.addressAdds, ...changes.addressDeletes]) {
    if (!waiting.addresses.has(address)) add("address");
  }
  for (const entry of [...changes.setAdds, ...changes.setDeletes]) {
    if (!waiting.elements.has(elementId(entry))) add("set element");
  }
  return counts;
}

/** Everything that some changes are about, to have it compared in pieces. */
export function touchedByChanges(changes: Changes): Touched {
  return {
    virtualServers: new Set(
      changes.ipvs.map((operation) =>
        "server" in operation ? operation.server.key : operation.key
      ),
    ),
    addresses: new Set([...changes.addressAdds, ...changes.addressDeletes]),
    elements: new Map(
      [...changes.setAdds, ...changes.setDeletes].map((entry) =>
        [elementId(entry), entry] as const
      ),
    ),
    conflicts: [],
  };
}
