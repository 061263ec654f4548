import { FlowsKeeper } from "./flows_keeper.ts";
import { Kernel } from "./kernel.ts";
import { Loop } from "./loop.ts";
import type { LoopOptions } from "./loop_options.ts";
import { Passes } from "./passes.ts";
import { listedRealServers } from "./planner.ts";
import { RulesKeeper } from "./rules_keeper.ts";
import type { ServiceName } from "#model";

/** What the loop is put together from. */
export interface AssemblyOptions extends
  Pick<
    LoopOptions,
    | "agent"
    | "timing"
    | "device"
    | "state"
    | "routesKeeper"
    | "queue"
    | "planner"
    | "status"
    | "readiness"
    | "nowMs"
  > {
  /** Services that go first; changes as they come and go. */
  readonly first: ReadonlySet<ServiceName>;
}

/** Puts the loop and its parts together; nothing happens before it runs. */
export function assemble(
  options: AssemblyOptions,
): { readonly loop: Loop; readonly kernel: Kernel } {
  const { agent: { host, clock, observer }, timing, state, status } = options;
  const monotonicMs = (): number => clock.monotonicMs();
  const kernel = makeKernel(options);
  const rulesKeeper = new RulesKeeper({
    iptables: host.iptables,
    rules: () => options.agent.rules(),
    monotonicMs,
    waited: (ms) => observer?.lockWaited?.(ms),
    warned: (message) => status.warn(message),
  });
  const flowsKeeper = new FlowsKeeper({
    ...{ conntrack: host.conntrack, state, status, timing, monotonicMs },
  });
  const { queue, planner } = options;
  const passes = new Passes({
    ...{ kernel, state, rulesKeeper, flowsKeeper },
    ...{ queue, planner, status, timing, monotonicMs },
    failed: (unit, reason, waitMs) => observer?.failed?.(unit, reason, waitMs),
  });
  const loop = new Loop({
    ...options,
    ...{ kernel, passes, rulesKeeper, flowsKeeper },
  });
  return { loop, kernel };
}

function makeKernel(options: AssemblyOptions): Kernel {
  const { agent, timing, state, device, first, readiness, nowMs } = options;
  const { host, model } = agent;
  return new Kernel({
    ...{ host, state, device, first, nowMs },
    families: () => agent.rules().map((rules) => rules.family),
    drainLimits: timing.drainLimits,
    departureMs: timing.departureMs,
    listed: (service) => listedRealServers(model, service),
    mayDelete: () => readiness.isComplete,
    hardLimitMs: (service) => {
      const seconds = model.service(service)?.wishes.drainLimitSeconds;
      return seconds === undefined ? undefined : seconds * 1000;
    },
  });
}
