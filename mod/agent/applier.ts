import type { Host } from "#apply";
import {
  type Changes,
  type FlowView,
  type IpvsOperation,
  madeBy,
  type Observed,
  replacementsLast,
  staleFlows,
  takenBy,
} from "#diff";
import type { VirtualServerKey } from "#plan";
import type { StateFile } from "./state_file.ts";
import type { ToolHealth } from "./tool_health.ts";
import type { Step } from "./types.ts";
import type { Unmade } from "./unmade.ts";

/** A step that was refused, wholly or in part. */
export class StepError extends Error {
  override readonly name = "StepError";
  /** The table whose state is in doubt. */
  readonly step: Step;

  /** `cause` is what the tool said. */
  constructor(step: Step, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.step = step;
  }
}

/** What applying works on. */
export interface ApplierOptions {
  /** Doors to the host. */
  readonly host: Host;
  /** What the kernel holds; told of what was done. */
  readonly observed: Observed;
  /** Record of what is ours; told before something is made. */
  readonly state: StateFile;
  /** What is on record and perhaps not made. */
  readonly unmade: Unmade;
  /** Name of the device. */
  readonly device: string;
  /** What tells which tracked connections become stale. */
  readonly flowView: FlowView;
  /** Told which tables take what they are sent. */
  readonly tools: ToolHealth;
  /** Time, ms since 1970. */
  nowMs(): number;
}

/**
 * Applies changes in their order (`#diff`, order.ts): one process for each
 * table that they touch, and one more where all of a virtual server's real
 * servers are replaced. What was done is confirmed step by step.
 *
 * @throws {StepError} at the first step that was refused; the later ones have
 * not been tried
 */
export async function applyChanges(
  changes: Changes,
  options: ApplierOptions,
): Promise<void> {
  const { host, observed, state, device } = options;
  options.unmade.note(changes.ipvs);
  await state.add(madeBy(changes));
  await applySets(options, { add: changes.setAdds, delete: [] });
  if (changes.ipvs.length > 0) {
    await state.addFlows(staleFlows(changes.ipvs, options.flowView));
    const { first, second } = replacementsLast(changes.ipvs, observed);
    await applyIpvs(options, first);
    await applyIpvs(options, second);
  }
  const addresses = {
    add: changes.addressAdds,
    delete: changes.addressDeletes,
  };
  if (addresses.add.length + addresses.delete.length > 0) {
    await step(
      "addresses",
      options,
      () => host.links.restore(device, addresses),
    );
    observed.confirmAddresses(addresses);
  }
  await applySets(options, { add: [], delete: changes.setDeletes });
  await state.remove(takenBy(changes));
}

async function applyIpvs(
  options: ApplierOptions,
  operations: readonly IpvsOperation[],
): Promise<void> {
  if (operations.length === 0) return;
  const { host, observed } = options;
  await step("ipvs", options, () => host.ipvs.restore(operations));
  observed.confirmIpvs(operations);
  options.unmade.forget(operations.map(keyOf));
}

function keyOf(operation: IpvsOperation): VirtualServerKey {
  return operation.verb === "add-service" || operation.verb === "edit-service"
    ? operation.server.key
    : operation.key;
}

async function applySets(
  options: ApplierOptions,
  changes: {
    readonly add: Changes["setAdds"];
    readonly delete: Changes["setDeletes"];
  },
): Promise<void> {
  if (changes.add.length + changes.delete.length === 0) return;
  await step("sets", options, () => options.host.ipSets.restore(changes));
  options.observed.confirmSets(changes);
}

async function step(
  name: Step,
  { tools, nowMs }: ApplierOptions,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
    tools.worked(name);
  } catch (error) {
    tools.failed(name, nowMs());
    throw new StepError(name, error);
  }
}
