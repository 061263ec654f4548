/**
 * The cluster that is measured.
 *
 * @module
 */
import {
  type ClusterNode,
  nodeObject,
  serviceObject,
  sliceObject,
} from "../../lab/guest/mod.ts";

/** Endpoints of each Service. */
export const ENDPOINTS = 10;

/** Services of ten endpoints, and the nodes, as one List. */
export function makeObjects(
  services: number,
  nodes: readonly ClusterNode[],
): unknown {
  const items: unknown[] = nodes.map(nodeObject);
  for (let at = 0; at < services; at++) {
    const name = `service-${at}`;
    const clusterIP = `10.100.${at >> 8}.${at & 255}`;
    const ports = [{ port: 80, targetPort: 8080 }];
    items.push(serviceObject(name, ports, { clusterIP }));
    items.push(sliceObject(
      name,
      ports,
      Array.from({ length: ENDPOINTS }, (_, index) => ({
        address: address(at * ENDPOINTS + index),
      })),
    ));
  }
  return { apiVersion: "v1", kind: "List", items };
}

/** Address of an endpoint. */
export function address(index: number): string {
  return `10.40.${index >> 8}.${index & 255}`;
}
