/**
 * What the tests of this folder share.
 *
 * @module
 */
import type { AgentSnapshot, PassReport } from "../../mod/agent/types.ts";
import type { EndpointSlice, ServiceName } from "../../mod/model/types.ts";
import type { MetricsSources } from "../../mod/observe/metrics.ts";
import type { ServicePlan } from "../../mod/plan/types.ts";

/** A pass that did nothing. */
export const QUIET: PassReport = {
  reason: "audit",
  services: [],
  durationMs: 5,
  lines: { ipvs: 0, other: 0 },
  failures: new Map(),
};

/** State of an agent that has done all its work. */
export function snapshotOf(
  changes: Partial<AgentSnapshot> = {},
  counts: Partial<AgentSnapshot["counts"]> = {},
): AgentSnapshot {
  return {
    isReady: true,
    waitingFor: [],
    counts: {
      services: 4,
      virtualServers: 9,
      pending: 0,
      failing: 0,
      drains: 2,
      departures: 0,
      owned: 30,
      ...counts,
    },
    failures: new Map(),
    conflicts: [],
    foreign: [],
    repairs: new Map(),
    lastPass: QUIET,
    lastSuccessMs: 100_000,
    lastAuditMs: 100_000,
    lastAgreedMs: 100_000,
    failingTables: new Map(),
    isStateBehind: false,
    ...changes,
  };
}

/** Sources of metrics that a test may change. */
export interface TestSources extends MetricsSources {
  /** State of the agent. */
  state: AgentSnapshot;
  /** Plans. */
  readonly allPlans: Map<ServiceName, ServicePlan>;
  /** Slices by Service. */
  readonly allSlices: Map<ServiceName, EndpointSlice[]>;
  /** Now, ms. */
  now: number;
}

/** Sources of metrics of a dual-stack node. */
export function testSources(): TestSources {
  return {
    state: snapshotOf(),
    allPlans: new Map(),
    allSlices: new Map(),
    now: 1_000_000,
    snapshot() {
      return this.state;
    },
    plans() {
      return this.allPlans;
    },
    slices(service) {
      return this.allSlices.get(service) ?? [];
    },
    rejections: () => 3,
    families: new Set(["ipv4", "ipv6"]),
    version: "1.2.3",
    nowMs() {
      return this.now;
    },
    monotonicMs() {
      return this.now;
    },
    sets: () => [
      { family: "ipv4", set: "frontends", elements: 3, maxElements: 1_024 },
      { family: "ipv4", set: "health-checks", elements: 1 },
    ],
    rules: () => new Map(),
    healthCheckPorts: () => ({ open: 2, failed: 1 }),
    servers: { read: () => Promise.resolve(undefined) },
    traffic: {
      reader: { read: () => Promise.resolve(undefined) },
      mode: "auto",
      plans: () => [],
      has: () => true,
    },
  };
}
