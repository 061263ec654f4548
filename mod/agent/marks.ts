import { frontendOfElement, parseElementId } from "#diff";
import type { MarkRegistry, VirtualServerKey } from "#plan";

/**
 * Gives frontends the firewall marks that they have in the kernel, so that a
 * restart does not renumber virtual servers that carry connections. Marks of
 * virtual servers that drain are not the next to be given: their frontend may
 * be gone and their connections not.
 */
export function adoptMarks(
  elements: ReadonlyMap<string, number | undefined>,
  draining: Iterable<VirtualServerKey>,
  marks: MarkRegistry,
): void {
  for (const key of draining) {
    const [, mark] = /^-f (\d+)/.exec(key) ?? [];
    if (mark !== undefined) marks.passOver(Number(mark));
  }
  for (const [id, mark] of elements) {
    if (mark === undefined) continue;
    const entry = parseElementId(id);
    if (entry?.set !== "mark") continue;
    marks.adopt(frontendOfElement(entry.element), mark);
  }
}
