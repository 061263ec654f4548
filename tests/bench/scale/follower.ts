/**
 * The program that is measured: the stages up to the desired state, composed
 * as `mod/cli` does it, without a kernel. Tells its figures on standard
 * output, one JSON line each, when it is asked to on standard input.
 *
 * Arguments: the server's URL.
 *
 * @module
 */

import { HOST_CLOCK } from "#apply";
import { Desired } from "#diff";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
  type Dirty,
} from "#model";
import { DEFAULT_MARK_RANGE, MarkRegistry, planService } from "#plan";
import {
  endpointSliceSpec,
  follow,
  nodeSpec,
  openTransport,
  serverAccess,
  serviceCidrSpec,
  serviceSpec,
  type Transport,
  type WatchEvent,
} from "#watch";

const NODE = "node-1";
const startMs = performance.now();
const model = new ClusterModel({ nodeName: NODE });
const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
const desired = new Desired();
const latenciesMs: number[] = [];
const waiting = new Set(["Service", "EndpointSlice", "Node", "ServiceCIDR"]);
let bytes = 0;

/** Counts the bytes of every answer. */
function counting(inner: Transport): Transport {
  return {
    async send(request, signal) {
      const response = await inner.send(request, signal);
      return { ...response, body: count(response.body) };
    },
    reset: () => inner.reset(),
  };
}

async function* count(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    bytes += chunk.length;
    yield chunk;
  }
}

function plan(dirty: Dirty): void {
  const names = dirty === "all" ? [...model.serviceNames()] : dirty;
  for (const name of names) {
    const service = model.service(name);
    if (service === undefined) {
      desired.remove(name);
      continue;
    }
    desired.set(planService(service, model.slices(name), {
      nodeName: NODE,
      nodePortAddresses: [],
      hostAddresses: new Set(),
      nodeAddresses: [],
      foreignAddresses: new Map(),
      families: new Set(["ipv4", "ipv6"]),
      scheduler: "rr",
      externalIps: true,
      markOf: (key) => marks.markOf(key),
    }));
  }
}

function take<Resource>(
  kind: string,
  events: readonly WatchEvent<Resource>[],
  fold: (event: WatchEvent<Resource>) => Dirty,
): void {
  const arrivedMs = performance.now();
  for (const event of events) {
    if (event.kind === "synced") synced(kind);
    const dirty = fold(event);
    // Before all is known nothing is planned, as in the agent.
    if (waiting.size === 0) {
      plan(dirty);
      if (event.kind === "upsert") {
        latenciesMs.push(performance.now() - arrivedMs);
      }
    }
  }
}

function synced(kind: string): void {
  if (!waiting.delete(kind) || waiting.size > 0) return;
  const syncedMs = performance.now() - startMs;
  const planMs = performance.now();
  plan("all");
  tell({
    syncedMs,
    planMs: performance.now() - planMs,
    services: model.serviceCount,
    endpoints: model.endpointCount,
    bytes,
  });
}

function tell(value: unknown): void {
  // deno-lint-ignore no-console -- what the parent reads
  console.log(JSON.stringify(value));
}

async function answer(): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const _ of lines) {
    tell({ latenciesMs: latenciesMs.splice(0) });
  }
}

const transport = counting(
  await openTransport(serverAccess(Deno.args[0] ?? "")),
);
const options = {
  transport,
  clock: HOST_CLOCK,
  signal: new AbortController().signal,
  random: Math.random,
};

async function feedServices(): Promise<void> {
  for await (const batch of follow(serviceSpec(decodeService), options)) {
    take("Service", batch, (event) => {
      if (event.kind === "upsert") {
        return model.upsertService(event.key, event.object);
      }
      return event.kind === "delete" ? model.deleteService(event.key) : [];
    });
  }
}

async function feedSlices(): Promise<void> {
  const spec = endpointSliceSpec(decodeEndpointSlice);
  for await (const batch of follow(spec, options)) {
    take("EndpointSlice", batch, (event) => {
      if (event.kind === "upsert") {
        return model.upsertSlice(event.key, event.object);
      }
      return event.kind === "delete" ? model.deleteSlice(event.key) : [];
    });
  }
}

async function feedRest(): Promise<void> {
  await Promise.all([
    (async () => {
      for await (const batch of follow(nodeSpec(NODE, decodeNode), options)) {
        take(
          "Node",
          batch,
          (event) =>
            event.kind === "upsert"
              ? model.upsertNode(event.key, event.object)
              : [],
        );
      }
    })(),
    (async () => {
      const spec = serviceCidrSpec(decodeServiceCidr);
      for await (const batch of follow(spec, options)) {
        take(
          "ServiceCIDR",
          batch,
          (event) =>
            event.kind === "upsert"
              ? model.upsertServiceCidr(event.key, event.object)
              : [],
        );
      }
    })(),
  ]);
}

await Promise.all([feedServices(), feedSlices(), feedRest(), answer()]);
