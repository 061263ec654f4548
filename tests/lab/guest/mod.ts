/**
 * What a driver uses inside the guest: `drive` to start, `Cluster` for nodes,
 * pods, dials and agents.
 *
 * @module
 */

export { drive, type Driver, type StepOptions } from "./driver.ts";
export {
  type AgentOptions,
  Cluster,
  type ClusterNode,
  type NodeOptions,
  type Pod,
  type PodOptions,
} from "./cluster.ts";
export {
  type ExecOptions,
  type Output,
  type Place,
  type Running,
} from "./process.ts";
export type {
  Connection,
  DialOptions,
  DialResult,
  Failure,
  LoadOptions,
  LoadResult,
  Protocol,
  ServeOptions,
} from "./prober.ts";
export { difference, type ObservedNode } from "./observation.ts";
export { eventually } from "./wait.ts";
