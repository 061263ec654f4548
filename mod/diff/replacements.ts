import type { RealServerKey, VirtualServerKey } from "#plan";
import type { Observed } from "./observed.ts";
import type { IpvsOperation } from "./types.ts";

/**
 * Operations in two batches. A batch goes on after a line that the kernel
 * refuses: if all that a virtual server gains were refused, what it loses
 * would leave it with nothing (I2). So where nothing usable stays, losses come
 * in a batch of their own, which is sent when the first one succeeded. Where
 * anything stays, and for most changes it does, there is one batch.
 */
export function replacementsLast(
  operations: readonly IpvsOperation[],
  observed: Observed,
): { readonly first: IpvsOperation[]; readonly second: IpvsOperation[] } {
  const replaced = replacedServers(operations, observed);
  if (replaced.size === 0) return { first: [...operations], second: [] };
  const isLater = (operation: IpvsOperation): boolean =>
    lossOf(operation) !== undefined && "key" in operation &&
    replaced.has(operation.key);
  return {
    first: operations.filter((one) => !isLater(one)),
    second: operations.filter(isLater),
  };
}

/** The real server that an operation makes useless. */
function lossOf(operation: IpvsOperation): RealServerKey | undefined {
  if (operation.verb === "delete-server") return operation.realServerKey;
  const isLost = operation.verb === "edit-server" &&
    operation.realServer.weight === 0;
  return isLost ? operation.realServer.key : undefined;
}

/** Virtual servers that gain something and keep nothing that they had. */
function replacedServers(
  operations: readonly IpvsOperation[],
  observed: Observed,
): ReadonlySet<VirtualServerKey> {
  const lost = new Map<VirtualServerKey, Set<RealServerKey>>();
  const gaining = new Set<VirtualServerKey>();
  for (const operation of operations) {
    if (!("key" in operation)) continue;
    const name = lossOf(operation);
    if (name === undefined) {
      if (operation.verb !== "delete-service") gaining.add(operation.key);
      continue;
    }
    const names = lost.get(operation.key) ?? new Set();
    lost.set(operation.key, names.add(name));
  }
  const replaced = new Set<VirtualServerKey>();
  for (const [key, names] of lost) {
    if (!gaining.has(key)) continue;
    const reals = observed.virtualServer(key)?.realServers.values() ?? [];
    const usable = [...reals].filter(({ weight }) => weight > 0);
    const isReplaced = usable.length > 0 &&
      usable.every((real) => names.has(real.key));
    if (isReplaced) replaced.add(key);
  }
  return replaced;
}
