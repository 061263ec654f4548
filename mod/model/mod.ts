/**
 * Objects of the API in, typed and valid values out.
 *
 * In comes any JSON: the decoders are total, do bounded work, and let no odd
 * byte further. What cannot be used becomes a {@link Rejection}. Out comes
 * {@link ClusterModel}: what is known of the cluster, and after each change
 * the names of the Services that must be planned anew. Pure: no clock, no
 * input or output.
 *
 * @example From the wire to a Service
 * ```ts
 * import { ClusterModel, decodeService } from "#model";
 *
 * const model = new ClusterModel({ nodeName: "node-1" });
 * const dirty = model.upsertService(
 *   "default/web",
 *   decodeService({
 *     metadata: { namespace: "default", name: "web" },
 *     spec: { clusterIP: "10.96.0.10", ports: [{ port: 80 }] },
 *   }),
 * );
 * if (String(dirty) !== "default/web") throw new Error("not dirty");
 * ```
 *
 * @module
 */
export {
  cidrContains,
  familyOf,
  familyOfCidr,
  parseCidr,
  parseIpAddress,
  prefixLength,
  specialRange,
  toBytes,
} from "./address.ts";
export { ClusterModel, type Dirty } from "./cluster.ts";
export {
  decodeEndpointSlice,
  HEADLESS_LABEL,
  SERVICE_NAME_LABEL,
} from "./endpoint_slice.ts";
export {
  encodeEndpointSlice,
  encodeNode,
  encodeService,
  encodeServiceCidr,
} from "./encode.ts";
export { decodeNode } from "./node.ts";
export { isSame } from "./same.ts";
export { decodeService, PROXY_NAME_LABEL } from "./service.ts";
export { decodeServiceCidr } from "./service_cidr.ts";
export { isDnsLabel, isDnsSubdomain, quote } from "./text.ts";
export {
  FRONTEND_KINDS,
  KUBE_ROUTER_SCHEDULER,
  SCHEDULER_FLAGS,
  SCHEDULERS,
  WISH_PREFIX,
} from "./wishes.ts";
export type * from "./types.ts";
