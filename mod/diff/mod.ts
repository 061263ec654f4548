/**
 * What is wanted against what is there.
 *
 * In come the plans of Services and what the kernel was seen to hold; out come
 * the operations that lead from the one to the other, in an order that never
 * leaves a served frontend without a usable real server, and the drains,
 * departures and adoptions that the next pass has to know of.
 *
 * It promises: no differences, no operations (I1); make before break (I2);
 * nothing is taken while deletions are withheld (I3), while its connections
 * live and their time is not over (I4), or unless it is recorded as ours (I5).
 * Everything here is pure.
 *
 * @module
 */
export { Claims } from "./claims.ts";
export type { Claim } from "./claims.ts";
export { Desired } from "./desired.ts";
export { diff } from "./diff.ts";
export { sameLine } from "./diff_server.ts";
export type { DiffOptions, DiffState } from "./diff.ts";
export {
  DEFAULT_DRAIN_LIMITS,
  drainEnd,
  Drains,
  noteListed,
} from "./drains.ts";
export type { DrainEnd, DrainLimits } from "./drains.ts";
export {
  addressEntry,
  elementId,
  frontendOfElement,
  parseElementId,
} from "./element.ts";
export { flowViewOf } from "./flow_view.ts";
export type { FlowView } from "./flow_view.ts";
export { flowsLeftBy, staleFlows } from "./flows.ts";
export type { StaleFlow } from "./flows.ts";
export { frontendOfKey, parseFrontendKey, parseServerKey } from "./key.ts";
export type { ParsedServerKey } from "./key.ts";
export { Observed } from "./observed.ts";
export type { ObservedElements } from "./observed.ts";
export {
  unchangedAddress,
  unchangedElement,
  unchangedServer,
} from "./no_change.ts";
export { vanishingLast } from "./order.ts";
export { Ownership } from "./ownership.ts";
export type { Sides } from "./no_change.ts";
export { programmedAddresses } from "./programmed.ts";
export { packObserved } from "./packed_observed.ts";
export { countChanges, madeBy, NO_CHANGES, takenBy } from "./record.ts";
export { replacementsLast } from "./replacements.ts";
export { sameVirtualServer } from "./same_server.ts";
export { addTouched, isUntouched, newTouched } from "./touched.ts";
export type { TouchedBuilder } from "./touched.ts";
export type * from "./types.ts";
