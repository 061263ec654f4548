import {
  countChanges,
  type Desired,
  type DiffResult,
  newTouched,
  type Observed,
  type Touched,
} from "#diff";
import type { VirtualServerKey } from "#plan";
import { touchedByChanges } from "./drift.ts";
import type { WorkUnit } from "./work_queue.ts";

/** Lines of one pass, roughly; one unit may have more. */
const MAX_LINES = 20_000;

/** Units of comparisons, which stand for no Service, are named so. */
const REPAIR = "repair ";

/** Whether a unit is of a comparison, and of no Service. */
export function isRepair({ id }: WorkUnit): boolean {
  return id.startsWith(REPAIR);
}

/**
 * A virtual server that has passed to another Service is in that one's unit;
 * here it would only be blamed on the wrong one when it is refused (I8).
 */
function forgetPassed(unit: WorkUnit, desired: Desired): void {
  if (isRepair(unit)) return;
  const { id, touched } = unit;
  for (const key of touched.virtualServers) {
    const holder = desired.virtualServer(key)?.service ?? id;
    if (holder !== id) touched.virtualServers.delete(key);
  }
}

/**
 * Of changes of one kind, those that bring a Service back come before those
 * that merely take something: nobody waits for these. The order is kept
 * otherwise, and single changes stay before those of a change of everything.
 */
export function revivedFirst(
  units: readonly WorkUnit[],
  { desired, observed, isFirst }: {
    readonly desired: Desired;
    readonly observed: Observed;
    isFirst(unit: WorkUnit): boolean;
  },
): WorkUnit[] {
  const revives = ({ touched }: WorkUnit): boolean =>
    [...touched.virtualServers].some((key) => {
      if (desired.virtualServer(key) === undefined) return false;
      const reals = observed.virtualServer(key)?.realServers.values() ?? [];
      return ![...reals].some(({ weight }) => weight > 0);
    });
  const ranked = units.map((unit) => ({
    unit,
    rank: isFirst(unit) ? -1 : (unit.isBulk ? 2 : 0) + (revives(unit) ? 0 : 1),
  }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ unit }) => unit);
}

/** As many units as make a batch of a fair size; at least one. */
export function cutUnits(
  units: readonly WorkUnit[],
  desired: Desired,
): WorkUnit[] {
  const taken: WorkUnit[] = [];
  let lines = 0;
  for (const unit of units) {
    forgetPassed(unit, desired);
    lines += unit.touched.addresses.size + unit.touched.elements.size;
    for (const key of unit.touched.virtualServers) {
      lines += 1 + (desired.virtualServer(key)?.server.realServers.size ?? 0);
    }
    if (taken.length > 0 && lines > MAX_LINES) break;
    taken.push(unit);
  }
  return taken;
}

/** A unit that stands for no Service. */
export function unitOf(id: string, touched: Touched): WorkUnit {
  const all = newTouched();
  for (const key of touched.virtualServers) all.virtualServers.add(key);
  for (const address of touched.addresses) all.addresses.add(address);
  for (const [key, entry] of touched.elements) all.elements.set(key, entry);
  return { id, touched: all, attempts: 0, notBeforeMs: 0, isBulk: true };
}

/** One unit for each virtual server that drains. */
export function drainUnits(keys: readonly VirtualServerKey[]): WorkUnit[] {
  return keys.map((key) => {
    const virtualServers = new Set([key]);
    return unitOf(`drain ${key}`, { ...newTouched(), virtualServers });
  });
}

/**
 * One unit for each thing that a comparison found, so that what is refused
 * can be told apart; not for what waits for another try anyway.
 */
export function unitsOf(result: DiffResult, waiting: Touched): WorkUnit[] {
  if (countChanges(result.changes) === 0) return [];
  const all = touchedByChanges(result.changes);
  const units: WorkUnit[] = [];
  for (const [id, entry] of all.elements) {
    if (waiting.elements.has(id)) continue;
    const elements = new Map([[id, entry]]);
    units.push(unitOf(`${REPAIR}${id}`, { ...newTouched(), elements }));
  }
  for (const key of all.virtualServers) {
    if (waiting.virtualServers.has(key)) continue;
    const virtualServers = new Set([key]);
    units.push(unitOf(`${REPAIR}${key}`, { ...newTouched(), virtualServers }));
  }
  for (const address of all.addresses) {
    if (waiting.addresses.has(address)) continue;
    const addresses = new Set([address]);
    units.push(unitOf(`${REPAIR}${address}`, { ...newTouched(), addresses }));
  }
  return units;
}
