import { CommandError } from "#apply";
import type { Changes, IpvsOperation } from "#diff";
import type { StepError } from "./applier.ts";
import type { Step } from "./types.ts";
import type { WorkUnit } from "./work_queue.ts";

/** A unit that is not done, with what is left of it. */
export interface LeftUnit {
  /** The unit. */
  readonly unit: WorkUnit;
  /** What is left. */
  readonly changes: Changes;
}

/** ipvsadm says this of what it does not understand, and stops there. */
const MISUSE_CODE = 2;

/**
 * Tells units whose lines the failed step may have refused from those that
 * merely wait for what comes after them: these have nothing to fear from a
 * batch of their own.
 */
export function tellStuck(
  left: readonly LeftUnit[],
  step: Step,
): { readonly stuck: WorkUnit[]; readonly waiting: WorkUnit[] } {
  for (const isStuck of TESTS[step]) {
    const stuck = left.filter(({ changes }) => isStuck(changes));
    if (stuck.length === 0) continue;
    return {
      stuck: stuck.map(({ unit }) => unit),
      waiting: left.filter((one) => !stuck.includes(one))
        .map(({ unit }) => unit),
    };
  }
  return { stuck: left.map(({ unit }) => unit), waiting: [] };
}

/** What each step does first, and what it does later. */
const TESTS: Readonly<Record<Step, readonly ((left: Changes) => boolean)[]>> = {
  sets: [
    ({ setAdds }) => setAdds.length > 0,
    ({ setDeletes }) => setDeletes.length > 0,
  ],
  ipvs: [({ ipvs }) => ipvs.some(isGain), ({ ipvs }) => ipvs.length > 0],
  addresses: [
    ({ addressAdds, addressDeletes }) =>
      addressAdds.length + addressDeletes.length > 0,
  ],
};

/** Losses may be a batch of their own, which was not sent then. */
function isGain(operation: IpvsOperation): boolean {
  return operation.verb === "add-service" ||
    operation.verb === "edit-service" || operation.verb === "add-server" ||
    operation.verb === "edit-server" && operation.realServer.weight > 0;
}

/**
 * Whether a batch was tried to its end and refused at least so often: ipvsadm
 * goes on after a line that the kernel refuses, and says so once for each.
 */
export function hasRefusedAll(
  { step, cause }: StepError,
  count: number,
): boolean {
  if (step !== "ipvs" || !(cause instanceof CommandError)) return false;
  const refusals = cause.stderr.split("\n").filter((line) => line !== "");
  return cause.failure === "failed" && cause.code !== MISUSE_CODE &&
    refusals.length >= count;
}
