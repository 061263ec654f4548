/**
 * The pods of one application and its Service: stands in for kubelets and for
 * the EndpointSlice controller, which is no part of what is shown.
 *
 * @module
 */

import type { Api, Cluster, Pod } from "../../lab/guest/mod.ts";
import {
  type ServiceEndpoint,
  type ServiceIdentity,
  serviceOf,
  sliceOf,
} from "./objects.ts";

/** Pods that serve, and the Service in front of them, if there is one. */
export class Workload {
  /** The Service, whether it exists or not. */
  readonly service: ServiceIdentity;
  readonly #cluster: Cluster;
  readonly #api: Api;
  readonly #endpoints = new Map<string, ServiceEndpoint>();
  #isPublished = false;
  #started = 0;

  /** No pod and no Service yet. */
  constructor(service: ServiceIdentity, cluster: Cluster, api: Api) {
    this.service = service;
    this.#cluster = cluster;
    this.#api = api;
  }

  /** Names of the pods that are ready. */
  get ready(): readonly string[] {
    return [...this.#endpoints.values()]
      .filter(({ phase }) => phase === "ready")
      .map(({ pod }) => pod);
  }

  /** Starts a pod that serves every port of the Service by `serve`. */
  async start(
    node: string,
    options: { readonly host?: number; readonly silent?: boolean } = {},
  ): Promise<Pod> {
    const { host, silent = false } = options;
    const { name, ports } = this.service;
    const pod = await this.#cluster.addPod(
      node,
      `${name}-${++this.#started}`,
      host === undefined ? {} : { host },
    );
    for (const { protocol, port } of silent ? [] : ports) {
      await this.#cluster.serve(pod, {
        protocol,
        port,
      });
    }
    this.#endpoints.set(pod.name, {
      pod: pod.name,
      node,
      address: pod.ipv4,
      phase: "ready",
    });
    return pod;
  }

  /** Creates the Service and its EndpointSlice. */
  async publish(): Promise<void> {
    await this.#api.create(serviceOf(this.service));
    this.#isPublished = true;
    await this.update();
  }

  /** Deletes the Service and its EndpointSlice. */
  async unpublish(): Promise<void> {
    this.#isPublished = false;
    await this.#api.delete("Service", this.service.name);
    await this.#api.delete("EndpointSlice", `${this.service.name}-slice`);
  }

  /** Writes the endpoints as they are now to the API. */
  async update(): Promise<void> {
    if (!this.#isPublished) return;
    const endpoints = [...this.#endpoints.values()];
    await this.#api.apply(sliceOf(this.service, endpoints));
  }

  /** Says that a pod is to end: it serves on, and gets nothing new. */
  async beginEnd(pod: string): Promise<void> {
    const endpoint = this.#endpoints.get(pod);
    if (endpoint === undefined) throw new Error(`Cannot end ${pod}: no such`);
    this.#endpoints.set(pod, { ...endpoint, phase: "terminating" });
    await this.update();
  }

  /** Ends a pod and takes it out of the endpoints. */
  async end(pod: string): Promise<void> {
    await this.#cluster.deletePod(pod);
    this.#endpoints.delete(pod);
    await this.update();
  }
}
