/**
 * Objects of a cluster of some size, as the API server's start wants them.
 *
 * @module
 */

/** How large a cluster is. */
export interface Size {
  /** Services. */
  readonly services: number;
  /** Endpoints of each. */
  readonly endpoints: number;
}

/** The API allows no more in one slice by default. */
const SLICE_ENDPOINTS = 100;

/** A slice's name by its Service and its number within. */
export function sliceName(service: number, part: number): string {
  return `service-${service}-${part}`;
}

/** One slice; `shift` moves its endpoints, which is a change. */
export function sliceObject(
  { endpoints }: Size,
  service: number,
  { part, shift = 0 }: { part: number; shift?: number },
): unknown {
  const from = part * SLICE_ENDPOINTS;
  const count = Math.min(SLICE_ENDPOINTS, endpoints - from);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: sliceName(service, part),
      namespace: "default",
      labels: {
        "kubernetes.io/service-name": `service-${service}`,
        "endpointslice.kubernetes.io/managed-by":
          "endpointslice-controller.k8s.io",
      },
    },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    endpoints: Array.from({ length: count }, (_, at) => {
      const index = service * endpoints + from + at + shift;
      return {
        addresses: [
          `10.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
        ],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: `node-${index % 100}`,
        zone: `zone-${index % 3}`,
        targetRef: {
          kind: "Pod",
          namespace: "default",
          name: `service-${service}-pod-${index}`,
          uid: `3d9c7a1e-0000-4000-8000-${String(index).padStart(12, "0")}`,
        },
      };
    }),
  };
}

/** All objects, for `serve.ts --objects`. */
export function makeObjects(size: Size): string {
  const items: unknown[] = [{
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1" },
    status: { addresses: [{ type: "InternalIP", address: "192.0.2.1" }] },
  }];
  for (let at = 0; at < size.services; at++) {
    items.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `service-${at}`, namespace: "default" },
      spec: {
        selector: { app: `service-${at}` },
        clusterIP: `10.${100 + (at >> 16)}.${(at >> 8) & 255}.${(at & 255)}`,
        ports: [{ name: "http", port: 80, targetPort: 8080 }],
      },
    });
    for (let part = 0; part * SLICE_ENDPOINTS < size.endpoints; part++) {
      items.push(sliceObject(size, at, { part }));
    }
  }
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
