import type { ResourceSpec } from "./types.ts";

/** Turns an object of the wire into what is kept; must not throw. */
export type Decode<Resource> = (object: unknown) => Resource;

/** Services of this proxy: not headless ones, nor those of other proxies. */
export function serviceSpec<Resource>(
  decode: Decode<Resource>,
): ResourceSpec<Resource> {
  return {
    kind: "Service",
    path: "/api/v1/services",
    labelSelector: "!service.kubernetes.io/service-proxy-name",
    fieldSelector: "spec.clusterIP!=None",
    decode,
  };
}

/** EndpointSlices, those of headless Services left out. */
export function endpointSliceSpec<Resource>(
  decode: Decode<Resource>,
): ResourceSpec<Resource> {
  return {
    kind: "EndpointSlice",
    path: "/apis/discovery.k8s.io/v1/endpointslices",
    labelSelector: "!service.kubernetes.io/headless",
    decode,
  };
}

/** The one Node that this agent runs on. */
export function nodeSpec<Resource>(
  nodeName: string,
  decode: Decode<Resource>,
): ResourceSpec<Resource> {
  return {
    kind: "Node",
    path: "/api/v1/nodes",
    fieldSelector: `metadata.name=${nodeName}`,
    decode,
  };
}

/** ServiceCIDRs; API servers before 1.31 have none. */
export function serviceCidrSpec<Resource>(
  decode: Decode<Resource>,
): ResourceSpec<Resource> {
  return {
    kind: "ServiceCIDR",
    path: "/apis/networking.k8s.io/v1/servicecidrs",
    optional: true,
    decode,
  };
}
