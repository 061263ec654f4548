import type {
  IptablesBackEnd,
  LocalRoute,
  ObservedSet,
  ObservedTable,
} from "#apply";
import type { OwnedThings } from "#diff";
import type { IpAddress, IpFamily } from "#model";
import type { VirtualServerKey } from "#plan";

/** Rules of one back end and family. */
export interface SeenRules {
  /** Whose. */
  readonly backEnd: IptablesBackEnd;
  /** Family. */
  readonly family: IpFamily;
  /** What `iptables-save` printed. */
  readonly text: string;
}

/** The device as it was found. */
export interface SeenDevice {
  /** Whether it is a dummy. */
  readonly isDummy: boolean;
  /** Its addresses. */
  readonly addresses: ReadonlySet<IpAddress>;
}

/** All that is there and may have to go. */
export interface Seen {
  /** Virtual servers, everybody's. */
  readonly servers: ObservedTable;
  /** Sets that bear our names or kube-proxy's. */
  readonly sets: ReadonlyMap<string, ObservedSet>;
  /** Rules of all back ends that could be read, everybody's. */
  readonly rules: readonly SeenRules[];
  /** The device; absent: there is none. */
  readonly device?: SeenDevice;
  /** Addresses of all other devices. */
  readonly hostAddresses: ReadonlySet<IpAddress>;
  /** Local routes that are marked as ours. */
  readonly routes: readonly LocalRoute[];
  /** What could not be looked at, a sentence each. */
  readonly unseen: readonly string[];
}

/** What is to go. */
export interface CleanupScope {
  /**
   * - `ours`: what this program made
   * - `both`: that, and what kube-proxy's ipvs and iptables modes left
   * - `kube-proxy`: only what these left and we do not serve
   */
  readonly what: "ours" | "both" | "kube-proxy";
  /** What is on record as ours; absent: there is no record. */
  readonly record?: OwnedThings;
  /** Whether what our own sets name counts as ours without a record. */
  readonly withoutRecord?: boolean;
  /** Whether our routes stay, for whoever needs them a while longer. */
  readonly keepRoutes?: boolean;
}

/** One document for one back end and family. */
export interface RulesPart {
  /** Back end. */
  readonly backEnd: IptablesBackEnd;
  /** Family. */
  readonly family: IpFamily;
  /** For `iptables-restore --noflush`. */
  readonly document: string;
  /** What it deletes, by name. */
  readonly things: readonly string[];
}

/** Something that stays. */
export interface Left {
  /** Its name. */
  readonly thing: string;
  /** Why it stays. */
  readonly reason: string;
  /** Whether it should have gone: the exit code tells. */
  readonly shouldGo: boolean;
}

/** What is done, in this order. */
export interface CleanupPlan {
  /** Virtual servers to delete. */
  readonly servers: readonly VirtualServerKey[];
  /** Addresses to take off the device. */
  readonly addresses: readonly IpAddress[];
  /** Routes to delete. */
  readonly routes: readonly LocalRoute[];
  /** Rules to delete. */
  readonly rules: readonly RulesPart[];
  /** Sets to destroy. */
  readonly sets: readonly string[];
  /** Whether the device goes. */
  readonly device: boolean;
  /** What stays, and why. */
  readonly left: readonly Left[];
}
