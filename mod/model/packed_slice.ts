import type { EndpointSlice, IpAddress, SliceEndpoint } from "./types.ts";
import { isSame } from "./same.ts";

/** All of an endpoint but its address: what many endpoints share. */
type EndpointState = Omit<SliceEndpoint, "address">;

/**
 * A slice in about a fifth of the memory: its addresses are one text, and
 * endpoints that differ in nothing else share one state.
 */
export interface PackedSlice extends Omit<EndpointSlice, "endpoints"> {
  /** Addresses in order, with a space between each two. */
  readonly addresses: string;
  /** States in the same order; a single one: all endpoints have it. */
  readonly states: readonly EndpointState[];
  /** How many endpoints there are. */
  readonly count: number;
}

/** States that are kept at once; beyond it the pool starts anew. */
const MAX_POOLED = 16_384;
let pool = new Map<string, EndpointState>();

/** Packs a slice. */
export function packSlice(slice: EndpointSlice): PackedSlice {
  const { endpoints, ...rest } = slice;
  const states = endpoints.map(stateOf);
  const [first] = states;
  const isUniform = states.every((state) => state === first);
  return {
    ...rest,
    addresses: endpoints.map(({ address }) => address).join(" "),
    states: isUniform && first !== undefined ? [first] : states,
    count: endpoints.length,
  };
}

/** Unpacks it again. */
export function unpackSlice(packed: PackedSlice): EndpointSlice {
  const { addresses, states, count, ...rest } = packed;
  const texts = count === 0 ? [] : addresses.split(" ") as IpAddress[];
  return {
    ...rest,
    endpoints: texts.map((address, at) => {
      const state = states.length === 1 ? states[0] : states[at];
      return { address, ...state as EndpointState };
    }),
  };
}

/** Whether two slices say the same; when they were last changed, apart. */
export function isSamePacked(a: PackedSlice, b: PackedSlice): boolean {
  return a.service === b.service && a.family === b.family &&
    a.addresses === b.addresses && isSame(a.ports, b.ports) &&
    isSame(a.states, b.states);
}

/** One and the same value for equal states. Changes memory only. */
function stateOf(endpoint: SliceEndpoint): EndpointState {
  const { address: _, ...state } = endpoint;
  const key = keyOf(state);
  const known = pool.get(key);
  if (known !== undefined) return known;
  if (pool.size >= MAX_POOLED) pool = new Map();
  pool.set(key, state);
  return state;
}

function keyOf(state: EndpointState): string {
  const { ready, serving, terminating, nodeName, zone } = state;
  const flags = (ready ? 1 : 0) + (serving ? 2 : 0) + (terminating ? 4 : 0);
  const { zoneHints, nodeHints } = state;
  const key = `${flags} ${nodeName ?? "\n"} ${zone ?? "\n"}`;
  return zoneHints.length + nodeHints.length === 0
    ? key
    : `${key} ${JSON.stringify([zoneHints, nodeHints])}`;
}
