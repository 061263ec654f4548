/**
 * The Services of the story and their pods as API objects.
 *
 * @module
 */

import {
  type ApiObject,
  serviceObject,
  sliceObject,
} from "../../lab/guest/objects.ts";
import type { Protocol } from "../../lab/guest/prober.ts";

/** A port of a Service, the same on its pods. */
export interface ServicePort {
  /** Its name. */
  readonly name: string;
  /** Its protocol. */
  readonly protocol: Protocol;
  /** Its number. */
  readonly port: number;
}

/** Who and where a Service is. */
export interface ServiceIdentity {
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
  /** Cluster IP. */
  readonly clusterIp: string;
  /** Ports. */
  readonly ports: readonly ServicePort[];
}

/** A pod behind a Service. */
export interface ServiceEndpoint {
  /** Its name. */
  readonly pod: string;
  /** Its node. */
  readonly node: string;
  /** Its address. */
  readonly address: string;
  /** Terminating: it serves on, and is to get nothing new. */
  readonly phase: "ready" | "terminating";
}

/** The Service. */
export function serviceOf(service: ServiceIdentity): ApiObject {
  const { name, ports, clusterIp } = service;
  return placed(serviceObject(name, ports, { clusterIP: clusterIp }), service);
}

/** Its EndpointSlice, as the controller writes it. */
export function sliceOf(
  service: ServiceIdentity,
  endpoints: readonly ServiceEndpoint[],
): ApiObject {
  const rows = endpoints.map(({ address, node, phase }) => ({
    address,
    nodeName: node,
    ready: phase === "ready",
    serving: true,
    terminating: phase === "terminating",
  }));
  return placed(sliceObject(service.name, service.ports, rows), service);
}

function placed(object: ApiObject, { namespace }: ServiceIdentity): ApiObject {
  const metadata = object["metadata"] as ApiObject;
  return { ...object, metadata: { ...metadata, namespace } };
}
