import type { Desired, Drains, Observed, Ownership } from "#diff";
import type { IpAddress, IpFamily } from "#model";
import type { SetKind } from "#plan";
import type { Kernel } from "./kernel.ts";
import type { StateFile } from "./state_file.ts";
import type { HandDrain } from "./types.ts";

/** One of our sets. */
export interface SetSize {
  /** Family. */
  readonly family: IpFamily;
  /** Which. */
  readonly set: SetKind;
  /** Elements that it is to hold. */
  readonly elements: number;
  /** Elements that the kernel's holds at most; absent: every port, or none. */
  readonly maxElements?: number;
}

/**
 * A look at what the agent works with, for reports: nothing of it can be
 * changed, and it is true until the next `await`.
 */
export interface Inspection {
  /** What is wanted. */
  readonly desired: Pick<
    Desired,
    | "virtualServer"
    | "virtualServers"
    | "holder"
    | "hasAddress"
    | "addresses"
    | "setElement"
    | "elements"
    | "elementCounts"
    | "conflicts"
  >;
  /** What the kernel was seen to hold: listed, or confirmed since. */
  readonly observed: Pick<
    Observed,
    | "virtualServer"
    | "virtualServers"
    | "hasAddress"
    | "addresses"
    | "hasElement"
    | "elements"
  >;
  /** Our sets and their limits. */
  readonly sets: readonly SetSize[];
  /** What of it is ours. */
  readonly ownership: Pick<Ownership, "hasServer" | "hasAddress" | "size">;
  /** Real servers whose connections are ending. */
  readonly drains: Pick<Drains, "get" | "of" | "all" | "size">;
  /** Addresses that stay a while, with the time of their going, ms. */
  readonly departures: ReadonlyMap<IpAddress, number>;
  /** Names of Services, and other causes, with work that is not done. */
  readonly pending: ReadonlySet<string>;
  /** What an operator drains by hand. */
  readonly handDrains: readonly HandDrain[];
}

/** Such a look, from the parts of an agent. */
export function inspectionOf({ kernel, state, pending, handDrains }: {
  readonly kernel: Kernel;
  readonly state: StateFile;
  readonly pending: ReadonlySet<string>;
  readonly handDrains: readonly HandDrain[];
}): Inspection {
  const { desired, observed, departures } = kernel;
  const { ownership, drains } = state;
  return {
    ...{ desired, observed, ownership, drains, departures },
    ...{ pending, handDrains },
    // Only some look at them, and the rules have to be planned for it.
    get sets() {
      return kernel.sets;
    },
  };
}
