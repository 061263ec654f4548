/** Golden rules by the name of their case; see `rules_cases.ts`. */
import ipv4ClusterCidr from "./ipv4-cluster-cidr.rules" with { type: "text" };
import ipv6ClusterCidr from "./ipv6-cluster-cidr.rules" with { type: "text" };
import ipv4NoDetector from "./ipv4-no-detector.rules" with { type: "text" };
import ipv4MasqueradeAll from "./ipv4-masquerade-all.rules" with {
  type: "text",
};
import ipv4NodeCidr from "./ipv4-node-cidr.rules" with { type: "text" };
import ipv4Bridge from "./ipv4-bridge.rules" with { type: "text" };
import ipv6InterfacePrefixBit31 from "./ipv6-interface-prefix-bit-31.rules" with {
  type: "text",
};
import ipv4Routed from "./ipv4-routed.rules" with { type: "text" };
import ipv6Routed from "./ipv6-routed.rules" with { type: "text" };
export const GOLDEN: Readonly<Record<string, string>> = {
  "ipv4-cluster-cidr": ipv4ClusterCidr,
  "ipv6-cluster-cidr": ipv6ClusterCidr,
  "ipv4-no-detector": ipv4NoDetector,
  "ipv4-masquerade-all": ipv4MasqueradeAll,
  "ipv4-node-cidr": ipv4NodeCidr,
  "ipv4-bridge": ipv4Bridge,
  "ipv6-interface-prefix-bit-31": ipv6InterfacePrefixBit31,
  "ipv4-routed": ipv4Routed,
  "ipv6-routed": ipv6Routed,
};
