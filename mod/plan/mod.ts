export {
  SET_DEFINITIONS,
  SET_KINDS,
  SET_PREFIX,
  type SetDefinition,
  setName,
} from "./sets.ts";
export type * from "./types.ts";
