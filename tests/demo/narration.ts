/**
 * What the story tells while it runs inside the guest, on its way to the
 * screen.
 *
 * @module
 */

import type { LabEvent } from "../lab/mod.ts";

/** Name of the lab's data events that carry narration. */
export const NARRATION = "narration";

/** One thing told. */
export type Narration =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "progress"; readonly text: string }
  | {
    readonly kind: "command";
    /** Node or pod it ran on. */
    readonly place: string;
    /** The command line. */
    readonly command: string;
    /** What it printed. */
    readonly output: readonly string[];
  }
  | {
    readonly kind: "proof";
    /** What was to be shown. */
    readonly claim: string;
    /** What was seen that shows it. */
    readonly seen: string;
  }
  | { readonly kind: "shell"; readonly state: "begins" | "ended" };

/** The narration that an event carries; undefined when it carries none. */
export function narrationOf(event: LabEvent): Narration | undefined {
  if (event.kind !== "data" || event.name !== NARRATION) return undefined;
  return event.value as Narration;
}
