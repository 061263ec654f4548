import type { AgentObserver } from "#agent";

/** Tells each of several observers; the list may grow later. */
export function mergeObservers(
  observers: readonly AgentObserver[],
): Required<AgentObserver> {
  return {
    passed: (...said) => observers.forEach((one) => one.passed?.(...said)),
    planned: (...said) => observers.forEach((one) => one.planned?.(...said)),
    rejected: (...said) => observers.forEach((one) => one.rejected?.(...said)),
    conflict: (...said) => observers.forEach((one) => one.conflict?.(...said)),
    foreign: (...said) => observers.forEach((one) => one.foreign?.(...said)),
    repaired: (...said) => observers.forEach((one) => one.repaired?.(...said)),
    failed: (...said) => observers.forEach((one) => one.failed?.(...said)),
    lockWaited: (...said) =>
      observers.forEach((one) => one.lockWaited?.(...said)),
    warned: (...said) => observers.forEach((one) => one.warned?.(...said)),
    started: () => observers.forEach((one) => one.started?.()),
    ready: (...said) => observers.forEach((one) => one.ready?.(...said)),
  };
}
