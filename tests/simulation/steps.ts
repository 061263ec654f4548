import type { Invariants } from "./invariants.ts";
import type { Random } from "./random.ts";
import { AGENT_STEPS } from "./steps_agent.ts";
import { API_STEPS } from "./steps_api.ts";
import { HOST_STEPS } from "./steps_host.ts";
import { TOOL_STEPS } from "./steps_tools.ts";
import type { World } from "./world.ts";

/** What a step works with. */
export interface StepContext {
  readonly world: World;
  readonly random: Random;
  readonly invariants: Invariants;
}

/** One kind of thing that happens in a history. */
export interface Step {
  readonly name: string;
  /** How often, next to the others. */
  readonly share: number;
  run(context: StepContext): Promise<void> | void;
}

/** Everything that may happen. */
export const STEPS: readonly Step[] = [
  ...API_STEPS,
  ...HOST_STEPS,
  ...TOOL_STEPS,
  ...AGENT_STEPS,
];
