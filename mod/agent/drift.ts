import { type Changes, type DiffResult, elementId, type Touched } from "#diff";
import type { DriftKind } from "./types.ts";

/**
 * What of an audit's findings is the work of others: what was missing or
 * altered, except what waits for another try anyway. What is taken is not
 * counted: it is left over from a pass that failed, or its time has come.
 */
export function countDrift(
  { changes, drainsStarted }: Pick<DiffResult, "changes" | "drainsStarted">,
  waiting: Touched,
): Map<DriftKind, number> {
  const counts = new Map<DriftKind, number>();
  const add = (kind: DriftKind): void => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  const draining = new Set(drainsStarted.map((drain) => drain.key));
  for (const operation of changes.ipvs) {
    if (operation.verb.startsWith("delete-")) continue;
    const key = "server" in operation ? operation.server.key : operation.key;
    if (waiting.virtualServers.has(key) || draining.has(key)) continue;
    const isServer = operation.verb.endsWith("-service");
    add(isServer ? "virtual server" : "real server");
  }
  for (const address of changes.addressAdds) {
    if (!waiting.addresses.has(address)) add("address");
  }
  for (const entry of changes.setAdds) {
    if (!waiting.elements.has(elementId(entry))) add("set element");
  }
  return counts;
}

/**
 * The part of a comparison that no change of the kernel goes with; the rest
 * is found again by those who make the changes.
 */
export function withoutChanges(result: DiffResult): DiffResult {
  const touched = touchedByChanges(result.changes);
  return {
    ...result,
    drainsStarted: result.drainsStarted.filter(({ key }) =>
      !touched.virtualServers.has(key)
    ),
    drainsEnded: result.drainsEnded.filter(({ key }) =>
      !touched.virtualServers.has(key)
    ),
    departuresEnded: result.departuresEnded.filter((address) =>
      !touched.addresses.has(address)
    ),
  };
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
