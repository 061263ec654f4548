/**
 * The API objects of the lab's tests, short to write.
 *
 * @module
 */

import type { ClusterNode } from "./topology.ts";
import type { Protocol } from "./prober.ts";

/** An API object, as JSON. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** A port of a Service. */
export interface PortSpec {
  /** Default: the Service has one port, without a name. */
  readonly name?: string;
  /** Default tcp. */
  readonly protocol?: Protocol;
  /** Port of the Service. */
  readonly port: number;
  /** Port of its endpoints; default: the same. */
  readonly targetPort?: number;
}

/** An endpoint of a slice. */
export interface EndpointSpec {
  /** Its address. */
  readonly address: string;
  /** Its node; absent: unknown. */
  readonly nodeName?: string;
  /** Default true. */
  readonly ready?: boolean;
  /** Default: as ready. */
  readonly serving?: boolean;
  /** Default false. */
  readonly terminating?: boolean;
}

/** The Node object of a node. */
export function nodeObject(node: ClusterNode): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: { "kubernetes.io/hostname": node.name },
    },
    spec: {
      podCIDR: node.podCidr4,
      podCIDRs: [node.podCidr4, node.podCidr6],
    },
    status: {
      addresses: [
        { type: "InternalIP", address: node.ipv4 },
        { type: "InternalIP", address: node.ipv6 },
        { type: "Hostname", address: node.name },
      ],
    },
  };
}

/** A Service in the default namespace. */
export function serviceObject(
  name: string,
  ports: readonly PortSpec[],
  spec: ApiObject = {},
): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: {
      type: "ClusterIP",
      selector: { app: name },
      ports: ports.map(({ protocol = "tcp", targetPort, ...rest }) => ({
        ...rest,
        protocol: protocol.toUpperCase(),
        targetPort: targetPort ?? rest.port,
      })),
      ...spec,
    },
  };
}

/** A slice of a Service's endpoints; its family is that of the first one. */
export function sliceObject(
  service: string,
  ports: readonly PortSpec[],
  endpoints: readonly EndpointSpec[],
  name = `${service}-slice`,
): ApiObject {
  const isSix = endpoints[0]?.address.includes(":") ?? false;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace: "default",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: isSix ? "IPv6" : "IPv4",
    endpoints: endpoints.map((endpoint) => ({
      addresses: [endpoint.address],
      conditions: {
        ready: endpoint.ready ?? true,
        serving: endpoint.serving ?? endpoint.ready ?? true,
        terminating: endpoint.terminating ?? false,
      },
      ...(endpoint.nodeName === undefined
        ? {}
        : { nodeName: endpoint.nodeName }),
    })),
    ports: ports.map(({ name: portName = "", protocol = "tcp", ...rest }) => ({
      name: portName,
      protocol: protocol.toUpperCase(),
      port: rest.targetPort ?? rest.port,
    })),
  };
}
