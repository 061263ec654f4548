import { frontendOfElement, parseElementId } from "#diff";
import type { MarkRegistry } from "#plan";

/**
 * Gives frontends the firewall marks that they have in the kernel, so that a
 * restart does not renumber virtual servers that carry connections.
 */
export function adoptMarks(
  elements: ReadonlyMap<string, number | undefined>,
  marks: MarkRegistry,
): void {
  for (const [id, mark] of elements) {
    if (mark === undefined) continue;
    const entry = parseElementId(id);
    if (entry?.set !== "mark") continue;
    marks.adopt(frontendOfElement(entry.element), mark);
  }
}
