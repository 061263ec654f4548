const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Orders texts by a hash of the seed and the text: the same on every call
 * and after every restart, different from seed to seed. Schedulers begin at
 * one end of the list of real servers; so nodes do not all begin with the
 * same one.
 */
export function shuffled<Item extends { readonly key: string }>(
  items: readonly Item[],
  seed: string,
): readonly Item[] {
  const start = hash(seed, FNV_OFFSET);
  const ranked = items.map((item) => ({
    item,
    rank: finish(hash(item.key, start)),
  }));
  ranked.sort((a, b) => a.rank - b.rank || (a.item.key < b.item.key ? -1 : 1));
  return ranked.map(({ item }) => item);
}

function hash(text: string, start: number): number {
  let state = start;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), FNV_PRIME);
  }
  return state;
}

/** Spreads each bit over all (the end of MurmurHash3). */
function finish(state: number): number {
  let mixed = state ^ (state >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
