/**
 * Many agents' reflectors against one stand-in API server, over real sockets
 * on loopback and in real time.
 *
 * @module
 */
import { serverAccess } from "../../mod/watch/access.ts";
import { type ApiTransport, openTransport } from "../../mod/watch/mod.ts";
import { follow } from "../../mod/watch/reflector.ts";
import {
  endpointSliceSpec,
  nodeSpec,
  serviceCidrSpec,
  serviceSpec,
} from "../../mod/watch/resources.ts";
import type { ResourceSpec } from "../../mod/watch/types.ts";
import type { ApiServer } from "../apiserver/mod.ts";
import { HurriedClock } from "./socket_support.ts";

/** Kinds that each agent follows. */
export const KINDS = 4;

/** What one reflector holds: keys with versions. */
type Held = Map<string, string>;

/** Agents that follow all that the program follows. */
export class Fleet implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #transports: ApiTransport[] = [];
  readonly #held: { readonly kind: string; readonly objects: Held }[] = [];
  readonly #running: Promise<void>[] = [];

  /** Starts so many at once. */
  static async start(agents: number, url: string): Promise<Fleet> {
    const fleet = new Fleet();
    for (let number = 0; number < agents; number++) {
      const transport = await openTransport(serverAccess(url));
      fleet.#transports.push(transport);
      const node = `node-${number % 2 + 1}`;
      for (const spec of specsOf(node)) fleet.#follow(spec, transport);
    }
    return fleet;
  }

  /** How many reflectors do not hold what the server has. */
  behind(server: ApiServer): number {
    const truth = new Map(
      ["Service", "EndpointSlice", "Node", "ServiceCIDR"].map((kind) =>
        [
          kind,
          new Map(
            server.store.list(kind).map(({ metadata }) => {
              const { namespace, name, resourceVersion } = metadata as Record<
                string,
                string
              >;
              const key = namespace ? `${namespace}/${name}` : `${name}`;
              return [key, `${resourceVersion}`] as const;
            }),
          ),
        ] as const
      ),
    );
    return this.#held.filter(({ kind, objects }) => {
      const wanted = truth.get(kind) ?? new Map();
      const held = [...objects];
      return kind === "Node"
        ? held.length !== 1 ||
          held.some(([key, version]) => wanted.get(key) !== version)
        : held.length !== wanted.size ||
          held.some(([key, version]) => wanted.get(key) !== version);
    }).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    for (const transport of this.#transports) transport.close();
  }

  #follow(spec: ResourceSpec<string>, transport: ApiTransport): void {
    const objects: Held = new Map();
    this.#held.push({ kind: spec.kind, objects });
    this.#running.push((async () => {
      const batches = follow(spec, {
        transport,
        clock: new HurriedClock(1),
        signal: this.#stop.signal,
        random: Math.random,
      });
      for await (const batch of batches) {
        for (const event of batch) {
          if (event.kind === "upsert") objects.set(event.key, event.object);
          else if (event.kind === "delete") objects.delete(event.key);
        }
      }
    })());
  }
}

/** Requests that a server got in each of some spans of time. */
export async function countRequests(
  server: ApiServer,
  spans: {
    readonly ms: number;
    readonly most: number;
    isOver?(): boolean;
  },
): Promise<number[]> {
  const total = (): number =>
    [...server.counts.values()].reduce((sum, count) => sum + count, 0);
  const counts: number[] = [];
  while (counts.length < spans.most && !(spans.isOver?.() ?? false)) {
    const before = total();
    await new Promise((resolve) => setTimeout(resolve, spans.ms));
    counts.push(total() - before);
  }
  return counts;
}

function specsOf(node: string): readonly ResourceSpec<string>[] {
  const decode = (object: unknown): string =>
    (object as { metadata: { resourceVersion: string } }).metadata
      .resourceVersion;
  return [
    serviceSpec(decode),
    endpointSliceSpec(decode),
    nodeSpec(node, decode),
    serviceCidrSpec(decode),
  ];
}
