import { type Ownership, type ParsedServerKey, parseServerKey } from "#diff";
import type { VirtualServerKey } from "#plan";
import type { Seen } from "../cleanup/types.ts";
import type { Outcome } from "./types.ts";

/** What to do when a rollback could not go on. */
export const ROLLBACK_AGAIN = 'then run "kube-proxy migrate rollback" again';

/**
 * Refuses to take ours away while kube-proxy does not serve a virtual server
 * of ours that has real servers; undefined: it serves all. Those by mark do not
 * count: their frontend has another one by its address.
 */
export function refuseUnserved(
  { seen, ownership }: {
    readonly seen: Pick<Seen, "servers">;
    readonly ownership: Ownership;
  },
  isServed: (key: VirtualServerKey, parsed: ParsedServerKey) => boolean,
): Outcome | undefined {
  const unserved = [...ownership.virtualServers()].filter((key) => {
    const parsed = parseServerKey(key);
    return parsed !== undefined && !isServed(key, parsed) &&
      (seen.servers.get(key)?.realServers.size ?? 0) > 0;
  });
  if (unserved.length === 0) return undefined;
  return {
    done: [],
    problems: [
      `kube-proxy does not serve ${unserved.length} virtual servers of the ` +
      `agent's yet (${unserved[0]})`,
    ],
    next: `wait for its next sync, ${ROLLBACK_AGAIN}; "kube-proxy cleanup" ` +
      "does it all the same",
  };
}
