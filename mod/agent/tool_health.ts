import type { Host } from "#apply";
import {
  type Desired,
  type Observed,
  type Ownership,
  unchangedAddress,
  unchangedElement,
  unchangedServer,
} from "#diff";
import type { Step } from "./types.ts";

/** What a try that changes nothing works on. */
export interface ProofOptions {
  /** Doors to the host. */
  readonly host: Host;
  /** Name of the device. */
  readonly device: string;
  /** What is wanted. */
  readonly desired: Desired;
  /** What is there. */
  readonly observed: Observed;
  /** What of it is ours. */
  readonly ownership: Ownership;
}

/**
 * Whether the tools write at all. One refused Service and a tool that is
 * broken look alike as long as nothing else changes; a write that changes
 * nothing tells them apart.
 */
export class ToolHealth {
  readonly #sinceMs = new Map<Step, number>();

  /** Since when each table has taken nothing, ms since 1970. */
  get failing(): ReadonlyMap<Step, number> {
    return this.#sinceMs;
  }

  /** A batch was taken. */
  worked(step: Step): void {
    this.#sinceMs.delete(step);
  }

  /** A batch was refused, wholly or in part. */
  failed(step: Step, nowMs: number): void {
    if (!this.#sinceMs.has(step)) this.#sinceMs.set(step, nowMs);
  }

  /** Tries the tables that are in doubt; one process for each. */
  async prove(options: ProofOptions): Promise<void> {
    for (const step of [...this.#sinceMs.keys()]) {
      try {
        if (await writeNothing(step, options)) this.worked(step);
      } catch {
        // It still takes nothing: since when is known, and why was told.
      }
    }
  }
}

/** Writes what is there already; false: there is nothing of ours to write. */
async function writeNothing(
  step: Step,
  options: ProofOptions,
): Promise<boolean> {
  const { host, device } = options;
  switch (step) {
    case "ipvs": {
      const operation = unchangedServer(options);
      if (operation !== undefined) await host.ipvs.restore([operation]);
      return operation !== undefined;
    }
    case "sets": {
      const entry = unchangedElement(options);
      if (entry === undefined) return false;
      await host.ipSets.restore({ add: [entry], delete: [] });
      return true;
    }
    case "addresses": {
      const address = unchangedAddress(options);
      if (address === undefined) return false;
      await host.links.restore(device, { add: [address], delete: [] });
      return true;
    }
  }
}
