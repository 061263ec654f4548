/**
 * A stand-in API server for tests and the lab.
 *
 * In: objects, by `ApiStore` in-process or over HTTP as from any client; and
 * faults. Out: lists, watches and refusals in the shapes of a real API server
 * 1.36. It promises the protocol (versions, selectors, pages, bookmarks,
 * 410), not the rules for what an object may hold.
 *
 * @module
 */
export {
  ApiStore,
  type ApiStoreOptions,
  type KindLike,
  type WriteOptions,
} from "./api_store.ts";
export {
  ApiServer,
  type ApiServerOptions,
  type TlsMaterial,
} from "./server.ts";
export type { AccessRequest, AuthOptions, User } from "./auth.ts";
export { ApiError } from "./errors.ts";
export { type Fault, type FaultKind, Faults } from "./faults.ts";
export type { Json, JsonObject } from "./json.ts";
export { seedCluster, type SeedOptions } from "./seed.ts";
export type { WatchFault } from "./watch.ts";
