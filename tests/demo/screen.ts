/**
 * Turns what happens in the guest into lines on the screen; prints nothing
 * itself.
 *
 * @module
 */

import type { LabEvent } from "../lab/mod.ts";
import { type Narration, narrationOf } from "./narration.ts";
import type { Palette } from "./palette.ts";
import { formatMs, formatTable } from "./text.ts";

const INDENT = "   ";

/** How the story ended. */
export interface Ending {
  /** The step that failed; absent: none did. */
  readonly failedStep?: string;
  /** Why it, or the guest, failed; absent: it did not. */
  readonly failure?: string;
}

/** The screen's lines, and what of them is needed at the end. */
export class Screen {
  readonly #paint: Palette;
  readonly #proofs: (readonly [claim: string, seen: string])[] = [];
  #step = "";
  #steps = 0;
  #ending: Ending = {};

  /** An empty screen. */
  constructor(paint: Palette) {
    this.#paint = paint;
  }

  /** How it ended, as far as that is known. */
  get ending(): Ending {
    return this.#ending;
  }

  /** How much was proven so far. */
  get proven(): number {
    return this.#proofs.length;
  }

  /** A line about setting up. */
  progress(text: string, sinceStartMs: number): string {
    const clock = `[${(sinceStartMs / 1_000).toFixed(1).padStart(5)} s]`;
    return `${this.#paint("faint", clock)} ${text}`;
  }

  /** The lines of an event. */
  show(event: LabEvent, sinceStartMs: number): readonly string[] {
    const narration = narrationOf(event);
    if (narration?.kind === "progress") {
      return [this.progress(`  ${narration.text}`, sinceStartMs)];
    }
    if (narration !== undefined) return this.#narrate(narration);
    switch (event.kind) {
      case "step":
        this.#step = event.name;
        this.#steps += 1;
        return [
          "",
          this.progress(
            this.#paint("heading", `${this.#steps}. ${event.name}`),
            sinceStartMs,
          ),
        ];
      case "step-end":
        return this.#endStep(event.failure);
      case "text":
        return [`${INDENT}${event.text}`];
      case "end":
        if (event.failure === undefined) return [];
        this.#ending = { failure: event.failure, ...this.#ending };
        return [];
      default:
        return [];
    }
  }

  /** The table of what was proven, or which step failed. */
  summary(totalMs: number): readonly string[] {
    const paint = this.#paint;
    const { failedStep, failure } = this.#ending;
    const rows = formatTable(this.#proofs.map(([claim, seen]) => [claim, seen]))
      .map((row) => `${INDENT}${paint("good", "ok")}  ${row}`);
    const table = ["", paint("heading", "What was proven"), ...rows, ""];
    const took = `in ${formatMs(totalMs)}`;
    if (failure === undefined) {
      const count = `${this.#proofs.length} claims proven`;
      return [...table, paint("good", `${count} ${took}`)];
    }
    const where = failedStep === undefined ? "" : ` in step "${failedStep}"`;
    return [...table, paint("bad", `FAILED${where}, ${took}`), failure];
  }

  #narrate(told: Narration): readonly string[] {
    const paint = this.#paint;
    switch (told.kind) {
      case "say":
        return [`${INDENT}${told.text}`];
      case "command":
        return [
          `${INDENT}${paint("command", `${told.place}# ${told.command}`)}`,
          ...told.output.map((line) =>
            `${INDENT}  ${paint("output", line)}`.trimEnd()
          ),
        ];
      case "proof":
        this.#proofs.push([told.claim, told.seen]);
        return [
          `${INDENT}${paint("good", "ok")} ${told.claim}: ${told.seen}`,
        ];
      default:
        return [];
    }
  }

  #endStep(failure: string | undefined): readonly string[] {
    if (failure === undefined) return [];
    // Places in a bundle tell nobody anything.
    const [why = "", ...more] = failure.split("\n")
      .filter((line) => !/^ +at /.test(line));
    this.#ending = { failedStep: this.#step, failure: why };
    return [
      `${INDENT}${this.#paint("bad", "FAILED")} ${why}`,
      ...more.map((line) => `${INDENT}${line}`),
    ];
  }
}
