import type { Cidr, IpAddress, IpFamily } from "#model";

/** How a client is told to be a pod (`detectLocalMode`). */
export type LocalDetector =
  /** Nothing is known: no client counts as a pod. */
  | { readonly mode: "none" }
  /** All pods of the cluster have sources in these networks. */
  | { readonly mode: "cluster-cidr"; readonly cidrs: readonly Cidr[] }
  /** This node's pods have sources in these networks. */
  | { readonly mode: "node-cidr"; readonly cidrs: readonly Cidr[] }
  /** This node's pods arrive on this bridge. */
  | { readonly mode: "bridge-interface"; readonly name: string }
  /** This node's pods arrive on interfaces with this prefix. */
  | { readonly mode: "interface-name-prefix"; readonly prefix: string };

/** Firewall marks of virtual servers: `value` under `mask`. */
export interface MarkRange {
  /** Bits that all our marks share. */
  readonly value: number;
  /** Which bits those are. */
  readonly mask: number;
}

/** What the rules of one family depend on; never on Services. */
export interface RuleOptions {
  /** Family. */
  readonly family: IpFamily;
  /** Mark of packets to masquerade, one bit: 0x4000. */
  readonly masqueradeMark: number;
  /** Masquerade everything that goes to a cluster IP. */
  readonly masqueradeAll: boolean;
  /** Whether `MASQUERADE --random-fully` may be used (iptables 1.6.2). */
  readonly randomFully: boolean;
  /** Who counts as a pod. */
  readonly detector: LocalDetector;
  /** Networks of this node's pods (`spec.podCIDRs`); may be empty. */
  readonly nodePodCidrs: readonly Cidr[];
  /** Networks of the ServiceCIDRs; may be empty. */
  readonly serviceCidrs: readonly Cidr[];
  /** Firewall marks of virtual servers. */
  readonly markRange: MarkRange;
  /**
   * Ports that masqueraded connections may leave from, so that none falls
   * among the node ports; absent: any.
   */
  readonly masqueradePorts?: { readonly from: number; readonly to: number };
  /** Networks that reach this host by a local route; absent: none. */
  readonly routedCidrs?: readonly Cidr[];
  /** Addresses of the host in these networks that are no Service's. */
  readonly unfiltered?: readonly IpAddress[];
}

/** Default of `markRange`. */
export const DEFAULT_MARK_RANGE: MarkRange = {
  value: 0x0100_0000,
  mask: 0xff00_0000,
};
