import type { Argv } from "../../../mod/apply/types.ts";

/** One call of a program, as a fault's condition sees it. */
export interface FakeCall {
  readonly argv: Argv;
  readonly stdin: string;
  /** 1 for the first call of all. */
  readonly number: number;
  /** 1 for the first call of this program. */
  readonly numberOfProgram: number;
}

/**
 * What goes wrong.
 *
 * - `exit`: the tool does nothing and says so
 * - `missing`: there is no such program
 * - `denied`: Deno's permissions forbid it
 * - `killed`: it dies after so many lines of its input: at once, or when
 *   `wait` is over, and with the code of a killer of one's choice
 * - `refuse`: the kernel refuses some lines, and the tool does about it what
 *   it always does (`refusals.ts`)
 * - `hang`: it never ends; the signal ends it
 */
export type FaultEffect =
  | { readonly kind: "exit"; readonly code: number; readonly stderr: string }
  | { readonly kind: "missing" }
  | { readonly kind: "denied" }
  | {
    readonly kind: "killed";
    readonly afterLines: number;
    readonly code?: number;
    readonly wait?: () => Promise<void>;
  }
  | { readonly kind: "refuse"; isRefused(line: string): boolean }
  | { readonly kind: "hang" };

/** When something goes wrong, how, and how often. */
export interface Fault {
  /** Program, or any when absent. */
  readonly program?: string;
  /** More conditions; absent: every call. */
  readonly when?: (call: FakeCall) => boolean;
  /** How often; 1 when absent, Infinity for ever. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

/** Faults that wait for their call. */
export class Faults {
  #waiting: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  /** How many have calls to come. */
  get size(): number {
    return this.#waiting.filter(({ left }) => left > 0).length;
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Takes the first fault that fits the call. */
  take(call: FakeCall): FaultEffect | undefined {
    const found = this.#waiting.find(({ fault, left }) =>
      left > 0 &&
      (fault.program === undefined || fault.program === call.argv[0]) &&
      (fault.when?.(call) ?? true)
    );
    if (found === undefined) return undefined;
    found.left--;
    return found.fault.effect;
  }
}
