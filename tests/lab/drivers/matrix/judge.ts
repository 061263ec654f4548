/**
 * What a dial showed, in the words of the matrix.
 *
 * @module
 */

import type { DialResult } from "../../guest/mod.ts";

/** Refused takes less; the kernel's ICMP limit would make it 1 s. */
const REFUSED_MS = 500;

/**
 * The outcome of a dial; roles are those of source addresses. A slow guest is
 * given `patience` times as long.
 */
export function outcomeOf(
  result: DialResult,
  roles: ReadonlyMap<string, string>,
  patience: number,
): string {
  if (result.answeredBy !== undefined) {
    const address = addressIn(result.sourceSeen ?? "");
    return `${result.answeredBy} as ${roles.get(address) ?? address}`;
  }
  switch (result.failure) {
    case "refused":
      return result.ms < REFUSED_MS * patience
        ? "refused"
        : `refused after ${Math.round(result.ms)} ms`;
    case "timed-out":
      return "dropped";
    default:
      return `${result.failure ?? "failed"} ${result.error ?? ""}`.trim();
  }
}

/** The address of "10.0.0.1:80" or "[fd00::1]:80". */
export function addressIn(text: string): string {
  return text.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
