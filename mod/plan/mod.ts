export {
  SET_DEFINITIONS,
  SET_KINDS,
  SET_PREFIX,
  type SetDefinition,
  setName,
} from "./sets.ts";
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
export { planRulesDocument, planRulesRemoval } from "./rules_text.ts";
export type * from "./types.ts";
