import type { IpAddress, ServiceName } from "#model";
import type { RealServerKey, VirtualServerKey } from "#plan";
import type { Desired } from "./desired.ts";
import type { DrainLimits, Drains } from "./drains.ts";
import { parseElementId } from "./element.ts";
import { compareAddress, compareElement } from "./diff_sets.ts";
import { compareServer } from "./diff_server.ts";
import { type Gathering, newGathering } from "./gathering.ts";
import type { Observed } from "./observed.ts";
import { inFillingOrder, vanishingLast } from "./order.ts";
import type { Ownership } from "./ownership.ts";
import type { DiffResult, Touched } from "./types.ts";

/** The two sides of a comparison and what is remembered between passes. */
export interface DiffState {
  /** What is wanted. */
  readonly desired: Desired;
  /** What is there. */
  readonly observed: Observed;
  /** What of it is ours. */
  readonly ownership: Ownership;
  /** Real servers whose connections are ending. */
  readonly drains: Drains;
  /** Addresses that stay a while, with the time of their going, ms. */
  readonly departures: ReadonlyMap<IpAddress, number>;
}

/** How a comparison is made. */
export interface DiffOptions {
  /** `withhold` as long as not every watch has synced: nothing is taken. */
  readonly deletions: "allow" | "withhold";
  /** Whether connection counts are of now; else no drain is found idle. */
  readonly connections: "fresh" | "stale";
  /** Time, ms since 1970. */
  readonly nowMs: number;
  /** How long an address outlives its last virtual server, ms. */
  readonly departureMs: number;
  /** Limits of drains. */
  readonly drainLimits: DrainLimits;
  /** Hard limit of one Service's drains, ms; undefined: the general one. */
  hardLimitMs?(service: ServiceName): number | undefined;
  /** Real servers that any slice of a Service lists, usable or not. */
  listed(service: ServiceName): ReadonlySet<RealServerKey>;
  /** Services whose virtual servers go first. */
  readonly first: ReadonlySet<ServiceName>;
}

/**
 * Compares what is wanted with what is there, everywhere or only where
 * something was touched, and says what to do about it. Without differences
 * the changes are empty (I1). Costs what it looks at.
 */
export function diff(
  scope: Touched | "all",
  state: DiffState,
  options: DiffOptions,
): DiffResult {
  const out = newGathering();
  const context = { state, options, out };
  for (const key of serverKeys(scope, state)) compareServer(key, context);
  for (const address of addressesOf(scope, state)) {
    compareAddress(address, context);
  }
  for (const id of elementIds(scope, state)) compareElement(id, context);
  return finish(out);
}

/** What the parts of a comparison share. */
export interface DiffContext {
  /** Both sides. */
  readonly state: DiffState;
  /** How. */
  readonly options: DiffOptions;
  /** Where findings go. */
  readonly out: Gathering;
}

function finish(out: Gathering): DiffResult {
  const steps = out.steps.length > 1
    ? out.steps.sort((left, right) => left.rank - right.rank)
    : out.steps;
  return {
    changes: {
      setAdds: inFillingOrder(out.setAdds),
      ipvs: vanishingLast(steps.flatMap((one) => one.steps.inOrder())),
      addressAdds: out.addressAdds,
      addressDeletes: out.addressDeletes,
      setDeletes: out.setDeletes,
    },
    drainsStarted: out.drainsStarted,
    drainsEnded: out.drainsEnded,
    departures: out.departures,
    departuresEnded: out.departuresEnded,
    adopted: out.adopted,
    released: out.released,
    foreign: out.foreign,
  };
}

function serverKeys(
  scope: Touched | "all",
  { desired, observed, ownership }: DiffState,
): Iterable<VirtualServerKey> {
  return scope === "all"
    ? union(
      desired.virtualServers.keys(),
      observed.virtualServers.keys(),
      ownership.virtualServers(),
    )
    : scope.virtualServers;
}

function addressesOf(
  scope: Touched | "all",
  { desired, observed, departures, ownership }: DiffState,
): Iterable<IpAddress> {
  return scope === "all"
    ? union(
      desired.addresses(),
      observed.addresses,
      departures.keys(),
      ownership.addresses(),
    )
    : scope.addresses;
}

function* elementIds(
  scope: Touched | "all",
  { desired, observed }: DiffState,
): Iterable<string> {
  if (scope !== "all") {
    yield* scope.elements.keys();
    return;
  }
  for (const [id] of desired.elements()) yield id;
  for (const id of observed.elements.keys()) {
    if (desired.setElement(id) === undefined && parseElementId(id)) yield id;
  }
}

function union<Value>(...parts: readonly Iterable<Value>[]): Set<Value> {
  const all = new Set<Value>();
  for (const part of parts) for (const value of part) all.add(value);
  return all;
}
