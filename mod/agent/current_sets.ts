import type { ObservedSet } from "#apply";

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
