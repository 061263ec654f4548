import { type ObservedSet, setType } from "#apply";
import type { Desired } from "#diff";
import type { IpFamily } from "#model";
import { type SetEntry, type SetKind, setName } from "#plan";

/** Sets as they were listed, with what has been added and deleted since. */
export function currentSets(
  listed: ReadonlyMap<string, ObservedSet>,
  current: ReadonlyMap<string, number | undefined>,
): ReadonlyMap<string, ObservedSet> {
  const elements = new Map<string, Map<string, number | undefined>>();
  for (const name of listed.keys()) elements.set(name, new Map());
  for (const [id, mark] of current) {
    const space = id.indexOf(" ");
    elements.get(id.slice(0, space))?.set(id.slice(space + 1), mark);
  }
  return new Map(
    [...listed].map(([name, set]) =>
      [name, { ...set, elements: elements.get(name) ?? set.elements }] as const
    ),
  );
}

/** What those sets are to hold whose elements are of another type. */
export function entriesOfWrongSets(
  { needs, listed, desired }: {
    readonly needs: readonly {
      readonly family: IpFamily;
      readonly set: SetKind;
    }[];
    readonly listed: ReadonlyMap<string, ObservedSet>;
    readonly desired: Desired;
  },
): ReadonlyMap<string, readonly SetEntry[]> {
  const entries = new Map<string, SetEntry[]>();
  for (const { set, family } of needs) {
    const name = setName(set, family);
    const seen = listed.get(name);
    if (seen === undefined || seen.type === setType(set, family)) continue;
    entries.set(name, []);
  }
  if (entries.size === 0) return entries;
  for (const [, entry] of desired.elements()) {
    entries.get(setName(entry.set, entry.family))?.push(entry);
  }
  return entries;
}
