/** Strings that are kept at once; beyond it the pool starts anew. */
const MAX_POOLED = 65_536;
let pool = new Map<string, string>();

/**
 * One and the same string for equal texts: node names, zones and namespaces
 * stand in thousands of objects. Changes memory only, never a result.
 */
export function intern(text: string): string {
  const known = pool.get(text);
  if (known !== undefined) return known;
  if (pool.size >= MAX_POOLED) pool = new Map();
  pool.set(text, text);
  return text;
}
