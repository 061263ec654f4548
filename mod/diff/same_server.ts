import type { VirtualServer } from "#plan";

/** Whether two virtual servers are the same in all that the kernel knows. */
export function sameVirtualServer(
  left: VirtualServer,
  right: VirtualServer,
): boolean {
  if (left === right) return true;
  if (
    left.key !== right.key || left.scheduler !== right.scheduler ||
    left.persistenceTimeoutSeconds !== right.persistenceTimeoutSeconds ||
    left.schedulerFlags.join() !== right.schedulerFlags.join() ||
    left.realServers.size !== right.realServers.size
  ) return false;
  for (const [key, server] of left.realServers) {
    if (right.realServers.get(key)?.weight !== server.weight) return false;
  }
  return true;
}
