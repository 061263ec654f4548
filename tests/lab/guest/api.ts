/**
 * The API server of the lab's cluster, as a client of it: everything a test
 * changes goes the way that a real change goes.
 *
 * @module
 */

import { parse } from "yaml";
import type { Cluster } from "./cluster.ts";
import type { ApiObject } from "./objects.ts";

/** Folder of the credentials; agents may read below /etc. */
const FOLDER = "/etc/kube-proxy-lab";
const PORT = 6443;

const KINDS: Readonly<Record<string, readonly [base: string, plural: string]>> =
  {
    Node: ["/api/v1", "nodes"],
    Service: ["/api/v1", "services"],
    Event: ["/api/v1", "events"],
    EndpointSlice: ["/apis/discovery.k8s.io/v1", "endpointslices"],
    ServiceCIDR: ["/apis/networking.k8s.io/v1", "servicecidrs"],
  };

/** A running API server. */
export class Api {
  /** The kubeconfig that agents are given. */
  readonly kubeconfig = `${FOLDER}/kubeconfig`;
  readonly #base: string;
  readonly #token: string;
  readonly #client: Deno.HttpClient;

  /** Only `Api.start` makes one. */
  private constructor(base: string, token: string, ca: string) {
    this.#base = base;
    this.#token = token;
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  /** Starts the bundle "apiserver" in the cluster and waits until it answers. */
  static async start(
    cluster: Cluster,
    parameters: readonly string[] = [],
  ): Promise<Api> {
    const { ipv4 } = cluster.control;
    const running = cluster.startApiServer({
      program: "apiserver",
      parameters: [
        "--listen",
        `${ipv4}:${PORT}`,
        "--dir",
        FOLDER,
        ...parameters,
      ],
      permissions: ["--allow-all"],
    });
    await running.waitFor(/^ready /);
    const text = await Deno.readTextFile(`${FOLDER}/token.kubeconfig`);
    const { users: [{ user: { token } }] } = parse(text);
    const ca = await Deno.readTextFile(`${FOLDER}/ca.crt`);
    return new Api(`https://${ipv4}:${PORT}`, token, ca);
  }

  /** One request; gives the status and the parsed body. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    type = "application/json",
  ): Promise<{ readonly status: number; readonly body: ApiObject }> {
    const send = (): Promise<Response> =>
      fetch(`${this.#base}${path}`, {
        method,
        client: this.#client,
        headers: {
          authorization: `Bearer ${this.#token}`,
          "content-type": type,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    // A connection that was idle may have been closed by the other end.
    const response = await send().catch(send);
    return { status: response.status, body: await response.json() };
  }

  async #must(
    method: string,
    path: string,
    body?: unknown,
    type?: string,
  ): Promise<ApiObject> {
    const got = await this.request(method, path, body, type);
    if (got.status < 300) return got.body;
    throw new Error(
      `Cannot ${method} ${path}: ${got.status} ${JSON.stringify(got.body)}`,
    );
  }

  /** Creates an object. */
  create(object: ApiObject): Promise<ApiObject> {
    const { kind, namespace } = identityOf(object);
    return this.#must("POST", collectionOf(kind, namespace), object);
  }

  /** Makes an object be as given: creates it, or replaces it. */
  async apply(object: ApiObject): Promise<ApiObject> {
    const { kind, namespace, name } = identityOf(object);
    const path = `${collectionOf(kind, namespace)}/${name}`;
    const { status, body } = await this.request("GET", path);
    if (status === 404) return await this.create(object);
    const old = body["metadata"] as ApiObject;
    const metadata = {
      ...object["metadata"] as ApiObject,
      resourceVersion: old["resourceVersion"],
    };
    return await this.#must("PUT", path, { ...object, metadata });
  }

  /** Changes some fields of an object, by merge patch. */
  patch(kind: string, name: string, patch: ApiObject): Promise<ApiObject> {
    const path = `${collectionOf(kind, "default")}/${name}`;
    return this.#must("PATCH", path, patch, "application/merge-patch+json");
  }

  /** Deletes an object of the default namespace. */
  async delete(kind: string, name: string): Promise<void> {
    await this.#must("DELETE", `${collectionOf(kind, "default")}/${name}`);
  }

  /** The objects of a kind, in all namespaces. */
  async list(kind: string): Promise<readonly ApiObject[]> {
    const body = await this.#must("GET", collectionOf(kind));
    return body["items"] as ApiObject[];
  }

  /** Puts an object as it is, past all validation. */
  async putMalformed(
    kind: string,
    key: string,
    object: ApiObject,
  ): Promise<void> {
    await this.#must("POST", "/debug/objects", { kind, key, object });
  }

  /** Asks for faults of the API server. */
  async addFaults(...faults: readonly ApiObject[]): Promise<void> {
    await this.#must("POST", "/debug/faults", faults);
  }

  /** Cuts all connections to the API server. */
  async sever(): Promise<void> {
    // Ours is one of them.
    await this.request("POST", "/debug/sever", {}).catch(() => {});
  }
}

function identityOf(object: ApiObject): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const metadata = object["metadata"] as ApiObject;
  return {
    kind: String(object["kind"]),
    namespace: String(metadata["namespace"] ?? "default"),
    name: String(metadata["name"]),
  };
}

function collectionOf(kind: string, namespace?: string): string {
  const [base, plural] = KINDS[kind] ?? [];
  if (base === undefined) throw new Error(`Cannot name the path of ${kind}`);
  const isGlobal = kind === "Node" || kind === "ServiceCIDR";
  return isGlobal || namespace === undefined
    ? `${base}/${plural}`
    : `${base}/namespaces/${namespace}/${plural}`;
}
