/**
 * Follows the API server. In come its lists and watches; out go, for each
 * kind of object, events in order: upserts of decoded objects, deletes, and
 * whether the whole list has been seen.
 *
 * Promises: whatever the server or the network does, the loop neither ends
 * nor spins; after `synced` the keys delivered are those that the server has;
 * a line or object that cannot be read is told and does not take others with
 * it; raw objects are not kept; a credential is read anew for each request
 * and never appears in a message.
 *
 * @module
 */
export {
  inClusterAccess,
  KubeconfigError,
  serverAccess,
  SERVICE_ACCOUNT_DIRECTORY,
} from "./access.ts";
export type {
  ClusterAccess,
  InClusterOptions,
  PemSource,
  UserAccess,
} from "./access.ts";
export { openTransport } from "./api_transport.ts";
export type { ApiTransport } from "./api_transport.ts";
export { EventSink } from "./event_sink.ts";
export type { EventSinkOptions } from "./event_sink.ts";
export type {
  EventRegarding,
  EventReport,
  EventReporter,
} from "./event_object.ts";
export { nameProxy, namesProxy, proxyFromEnvironment } from "./proxy.ts";
export type { Environment } from "./proxy.ts";
export { listNodes } from "./node_list.ts";
export type { NodeAddresses, NodeListOptions } from "./node_list.ts";
export { parseKubeconfig } from "./kubeconfig.ts";
export type { KubeconfigOptions } from "./kubeconfig.ts";
export { follow } from "./reflector.ts";
export type { FollowOptions, WatchBatch } from "./reflector.ts";
export type { WatchFailure } from "./reflector_types.ts";
export {
  endpointSliceSpec,
  nodeSpec,
  serviceCidrSpec,
  serviceSpec,
} from "./resources.ts";
export type { Decode } from "./resources.ts";
export { TransportError } from "./transport.ts";
export type {
  Clock,
  Transport,
  TransportRequest,
  TransportResponse,
} from "./transport.ts";
export type { ResourceSpec, WatchEvent } from "./types.ts";
