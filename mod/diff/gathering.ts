import type { IpAddress } from "#model";
import type { SetEntry, VirtualServerKey } from "#plan";
import type { ServerSteps } from "./order.ts";
import type { Drain, Foreign } from "./types.ts";

/** What a comparison has found so far. */
export interface Gathering {
  /** Steps of each virtual server with its rank; lower goes first. */
  readonly steps: { readonly rank: number; readonly steps: ServerSteps }[];
  /** Set elements to add. */
  readonly setAdds: SetEntry[];
  /** Set elements to delete. */
  readonly setDeletes: SetEntry[];
  /** Addresses to add. */
  readonly addressAdds: IpAddress[];
  /** Addresses to delete. */
  readonly addressDeletes: IpAddress[];
  /** Drains that begin or know more. */
  readonly drainsStarted: Drain[];
  /** Drains that are over. */
  readonly drainsEnded: Drain[];
  /** Addresses that begin to go. */
  readonly departures: Map<IpAddress, number>;
  /** Addresses that stay, or are gone. */
  readonly departuresEnded: IpAddress[];
  /** Things that become ours as they are. */
  readonly adopted: {
    readonly virtualServers: VirtualServerKey[];
    readonly addresses: IpAddress[];
  };
  /** Things on record that are neither wanted nor there. */
  readonly released: {
    readonly virtualServers: VirtualServerKey[];
    readonly addresses: IpAddress[];
  };
  /** Things that are left alone. */
  readonly foreign: Foreign[];
}

/** Nothing found yet. */
export function newGathering(): Gathering {
  return {
    steps: [],
    setAdds: [],
    setDeletes: [],
    addressAdds: [],
    addressDeletes: [],
    drainsStarted: [],
    drainsEnded: [],
    departures: new Map(),
    departuresEnded: [],
    adopted: { virtualServers: [], addresses: [] },
    released: { virtualServers: [], addresses: [] },
    foreign: [],
  };
}
