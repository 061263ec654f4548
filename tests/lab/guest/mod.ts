/**
 * What a driver uses inside the guest: `drive` to start, `Cluster` for nodes,
 * pods, dials and agents.
 *
 * @module
 */

export { drive, type Driver, type StepOptions } from "./driver.ts";
export { Api } from "./api.ts";
export {
  type ApiObject,
  type EndpointSpec,
  nodeObject,
  type PortSpec,
  serviceObject,
  sliceObject,
} from "./objects.ts";
export {
  type AddressKind,
  addressOf,
  CIDR_FLAGS,
  FAMILIES,
  type Family,
  type Offer,
  publish,
  routesVia,
} from "./publish.ts";
export { Cluster, type NodeOptions, type PodOptions } from "./cluster.ts";
export type { AgentOptions, Programs } from "./programs.ts";
export type { ClusterNode, Pod } from "./topology.ts";
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
  Protocol,
  ResolveOptions,
  ResolveResult,
  ServeOptions,
} from "./prober.ts";
export { sourcePortsOf } from "./load.ts";
export type { LoadOptions, LoadResult, SourcePorts } from "./load.ts";
export type { Stream, StreamOptions, StreamResult } from "./stream.ts";
export { difference, type ObservedNode } from "./observation.ts";
export { eventually, type WaitOptions } from "./wait.ts";
