/**
 * A stand-in API server for tests and the lab.
 *
 * In: objects, by `ApiStore` in-process or over HTTP as from any client; and
 * faults. Out: lists, watches and refusals in the shapes of a real API server
 * 1.36. It promises the protocol (versions, selectors, pages, bookmarks,
 * 410), not the rules for what an object may hold.
 *
 * From another process the same is had under `/debug/`: `POST faults` takes a
 * `Fault` or a list of them, `GET` shows and `DELETE` clears those that are
 * left; `POST compact` (`{}` or `{"version":N}`), `POST objects`
 * (`{"kind","key","object"}`, however malformed), `POST sever`, and `GET
 * requests` for the counts by verb and path. `serve.ts` is the program.
 *
 * Not like the real server: HTTP/1.1 only, no compression, no protobuf, no
 * conflicts in server-side apply, namespaces need not exist.
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
export {
  CertificateAuthority,
  type KeyPair,
  type Subject as CertificateSubject,
} from "./certificates.ts";
export { ApiError } from "./errors.ts";
export {
  type Fault,
  type FaultKind,
  Faults,
  type FaultTarget,
} from "./faults.ts";
export type { Json, JsonObject } from "./json.ts";
export { kubeconfig, type KubeconfigOptions } from "./kubeconfig.ts";
export { type KindInfo, kindNamed } from "./kinds.ts";
export { seedCluster, type SeedOptions } from "./seed.ts";
export {
  type Change,
  type Entry,
  VersionedStore,
  type VersionedStoreOptions,
} from "./store.ts";
export type { WatchFault } from "./watch.ts";
