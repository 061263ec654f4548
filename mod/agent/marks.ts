import { parseElementId } from "#diff";
import type { FrontendKey, MarkRegistry } from "#plan";

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

/** "10.96.0.1,tcp:80" is frontend "tcp/10.96.0.1:80". */
function frontendOfElement(element: string): FrontendKey {
  const [address = "", service = ""] = element.split(",");
  const [protocol = "", port = ""] = service.split(":");
  const host = address.includes(":") ? `[${address}]` : address;
  return `${protocol}/${host}:${port}` as FrontendKey;
}
