/**
 * The lab: a whole cluster inside one User Mode Linux guest, for tests and the
 * demo. In comes a driver program, bundled here and run inside the guest; out
 * come its events as they happen, or the steps of a test. The guest is ended
 * with the caller or at its time limit, whichever is first, and nothing that
 * it does reaches the host: its root is an overlay in memory.
 *
 * Inside, `guest/mod.ts` has what drivers use.
 *
 * @module
 */

export { bootLab, type Lab, type LabOptions } from "./boot.ts";
export { labTest } from "./steps.ts";
export { ensurePackages, type Need } from "./packages.ts";
export type { LabConfig, LabEvent } from "./protocol.ts";
