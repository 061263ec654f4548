import { parseServerKey } from "#diff";
import { familyOf } from "#model";
import { markKey, setName, type VirtualServerKey } from "#plan";
import type { CleanupScope, Seen } from "./types.ts";

/**
 * Virtual servers that are ours: those on record. Without a record, and only
 * where that is asked for, those that our own sets name.
 */
export function ownServers(
  seen: Seen,
  { record, withoutRecord }: CleanupScope,
): ReadonlySet<VirtualServerKey> {
  if (record !== undefined) return new Set(record.virtualServers);
  return withoutRecord ? namedByOurSets(seen) : new Set();
}

/** Virtual servers that the elements and marks of our sets name. */
export function namedByOurSets(
  { servers, sets }: Seen,
): ReadonlySet<VirtualServerKey> {
  const marks = new Set<VirtualServerKey>();
  for (const family of ["ipv4", "ipv6"] as const) {
    const elements = sets.get(setName("mark", family))?.elements;
    for (const mark of elements?.values() ?? []) {
      if (mark !== undefined) marks.add(markKey(mark, family));
    }
  }
  const named = [...servers.keys()].filter((key) => {
    const parsed = parseServerKey(key);
    if (parsed === undefined) return marks.has(key);
    const { protocol, address, port } = parsed;
    const set = sets.get(setName("frontends", familyOf(address)));
    return set?.elements.has(`${address},${protocol}:${port}`) ?? false;
  });
  return new Set(named);
}
