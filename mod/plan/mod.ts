/**
 * One Service, its slices and this node in; all that it needs in the kernel
 * out.
 *
 * {@link planService} gives virtual servers, set entries, addresses and the
 * health check of one Service; {@link planRules} gives the rules, which do
 * not depend on Services. Pure: the same input gives the same plan, whatever
 * the order of arrival was, and planning one Service costs that one only.
 *
 * @example A Service without endpoints is refused
 * ```ts
 * import { decodeService } from "#model";
 * import { planService } from "#plan";
 *
 * const web = decodeService({
 *   metadata: { namespace: "default", name: "web" },
 *   spec: { clusterIP: "10.96.0.10", ports: [{ port: 80 }] },
 * });
 * if (web.kind !== "object") throw new Error("not usable");
 * const plan = planService(web.value, [], {
 *   nodeName: "node-1",
 *   nodePortAddresses: [],
 *   hostAddresses: new Set(),
 *   foreignAddresses: new Map(),
 *   families: new Set(["ipv4"]),
 *   scheduler: "rr",
 *   externalIps: true,
 *   markOf: () => 1,
 * });
 * if (plan.frontends[0]?.inside !== "refuse") throw new Error("not refused");
 * ```
 *
 * @module
 */
export { frontendElement, sourceRangeElement } from "./elements.ts";
export {
  collectEndpoints,
  type Endpoint,
  type SelectedEndpoints,
  selectEndpoints,
  type SelectOptions,
} from "./endpoints.ts";
export { GUARDED_PORTS } from "./frontends.ts";
export {
  frontendKey,
  markKey,
  realServerKey,
  virtualServerKey,
} from "./keys.ts";
export { PackedMap } from "./packed_map.ts";
export {
  type NodePortAddresses,
  selectNodePortAddresses,
} from "./node_port_addresses.ts";
export { indexPorts, type PortIndex, type PortSource } from "./port_index.ts";
export { planService } from "./service_plan.ts";
export {
  SET_DEFINITIONS,
  SET_KINDS,
  SET_PREFIX,
  type SetDefinition,
  setName,
} from "./sets.ts";
export { findMarkConflicts } from "./mark_conflicts.ts";
export { MarkRegistry } from "./marks.ts";
export {
  DEFAULT_MARK_RANGE,
  type LocalDetector,
  type MarkRange,
  type RuleOptions,
} from "./rule_options.ts";
export { planRules } from "./rules.ts";
export {
  CHAIN_PREFIX,
  type RuleChain,
  type RuleJump,
  type RuleTable,
} from "./rules_parts.ts";
export {
  countRules,
  parseSaved,
  type SavedTable,
  targetOf,
} from "./rules_saved.ts";
export { planRulesDocument, planRulesRemoval } from "./rules_text.ts";
export {
  type DrainTarget,
  isQuiesced,
  parseDrainTarget,
} from "./drain_target.ts";
export type * from "./types.ts";
