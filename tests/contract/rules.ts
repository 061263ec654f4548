import type { ContractRule } from "./contract.ts";
import { KERNEL_RULES, LINK_RULES } from "./host_rules.ts";
import { IPSET_RULES } from "./ipset_rules.ts";
import { IPTABLES_RULES } from "./iptables_rules.ts";
import { IPVS_RULES } from "./ipvs_rules.ts";
import { TRAFFIC_RULES } from "./traffic_rules.ts";

/** Every rule, for the fake and for the lab. */
export const CONTRACT_RULES: readonly ContractRule[] = [
  ...IPVS_RULES,
  ...TRAFFIC_RULES,
  ...IPSET_RULES,
  ...IPTABLES_RULES,
  ...LINK_RULES,
  ...KERNEL_RULES,
];
