import type { SliceEndpoint } from "#model";
import { realServerKey } from "./keys.ts";
import type { PortSource } from "./port_index.ts";
import type { RealServerKey } from "./types.ts";

/** One endpoint of one port of a Service. */
export interface Endpoint {
  /** Address and port; no two endpoints of a port share it. */
  readonly key: RealServerKey;
  /** Conditions, node, zone and hints. */
  readonly state: SliceEndpoint;
}

/**
 * Endpoints of one port of a Service in one family, from all its slices,
 * sorted by key. Of doubles a ready one stands, else a serving one, else any;
 * among equals one that is not terminating, then the first by slice name.
 */
export function collectEndpoints(
  sources: readonly PortSource[],
): readonly Endpoint[] {
  const byKey = new Map<RealServerKey, Endpoint>();
  for (const { port, endpoints } of sources) {
    for (const state of endpoints) {
      const endpoint = { key: realServerKey(state.address, port), state };
      const known = byKey.get(endpoint.key);
      if (known === undefined || isPreferred(state, known.state)) {
        byKey.set(endpoint.key, endpoint);
      }
    }
  }
  return [...byKey.values()].sort((a, b) => a.key < b.key ? -1 : 1);
}

/** Whether an endpoint takes the place of a double of it. */
function isPreferred(state: SliceEndpoint, known: SliceEndpoint): boolean {
  return preference(state) > preference(known);
}

function preference(state: SliceEndpoint): number {
  const rank = state.ready ? 4 : state.serving ? 2 : 0;
  return state.terminating ? rank : rank + 1;
}

/** What the selection of endpoints depends on beside the endpoints. */
export interface SelectOptions {
  /** Whether any frontend sends to endpoints anywhere. */
  readonly usesCluster: boolean;
  /** Whether any frontend sends to endpoints of this node only. */
  readonly usesLocal: boolean;
  /** Name of this node; empty: nothing is local. */
  readonly nodeName: string;
  /** Zone of this node; absent: unknown. */
  readonly zone?: string;
}

/** Endpoints that may be used. */
export interface SelectedEndpoints {
  /** Anywhere, by topology; empty when not used. */
  readonly cluster: readonly Endpoint[];
  /** On this node; empty when not used. */
  readonly local: readonly Endpoint[];
  /** Whether any endpoint of the cluster could answer. */
  readonly hasAny: boolean;
}

/**
 * The rules of traffic policy, topology and termination (behaviour 3.4, 3.5);
 * nothing else. Falling back to endpoints that are terminating and serving is
 * decided for `cluster` and for `local` by themselves.
 */
export function selectEndpoints(
  endpoints: readonly Endpoint[],
  options: SelectOptions,
): SelectedEndpoints {
  const ready = endpoints.filter(({ state }) => state.ready);
  const ending = endpoints.filter(({ state }) =>
    !state.ready && state.serving && state.terminating
  );
  const usable = ready.length > 0 ? ready : ending;
  return {
    cluster: options.usesCluster
      ? ready.length > 0 ? selectByTopology(ready, options) : ending
      : [],
    local: options.usesLocal ? selectLocal(ready, ending, options) : [],
    hasAny: usable.length > 0,
  };
}

/** Whether an endpoint runs on this node. */
export function isLocal(endpoint: Endpoint, nodeName: string): boolean {
  return nodeName !== "" && endpoint.state.nodeName === nodeName;
}

function selectLocal(
  ready: readonly Endpoint[],
  ending: readonly Endpoint[],
  { nodeName }: SelectOptions,
): readonly Endpoint[] {
  const local = ready.filter((endpoint) => isLocal(endpoint, nodeName));
  return local.length > 0
    ? local
    : ending.filter((endpoint) => isLocal(endpoint, nodeName));
}

/** Hints count only when every ready endpoint has some (behaviour 3.5). */
function selectByTopology(
  ready: readonly Endpoint[],
  { nodeName, zone }: SelectOptions,
): readonly Endpoint[] {
  const byNode = selectHinted(ready, "nodeHints", nodeName);
  if (byNode.length > 0) return byNode;
  const byZone = selectHinted(ready, "zoneHints", zone ?? "");
  return byZone.length > 0 ? byZone : ready;
}

function selectHinted(
  ready: readonly Endpoint[],
  hints: "nodeHints" | "zoneHints",
  name: string,
): readonly Endpoint[] {
  if (name === "") return [];
  if (ready.some(({ state }) => state[hints].length === 0)) return [];
  return ready.filter(({ state }) => state[hints].includes(name));
}
