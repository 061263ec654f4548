/**
 * What planning costs. Expected: 10,000 Services of 10 endpoints from decoded
 * objects in less than 1 s and 150 MB; planning one anew costs the same among
 * 100 and among 10,000. Needs no permissions.
 *
 * @module
 */
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  type IpAddress,
  type ServiceName,
} from "#model";
import { type PlanContext, planService, type ServicePlan } from "#plan";

const MEGABYTE = 1 << 20;
const CONTEXT: PlanContext = {
  nodeName: "node-1",
  zone: "zone-1",
  nodePortAddresses: ["192.0.2.1" as IpAddress],
  hostAddresses: new Set(["192.0.2.1" as IpAddress]),
  nodeAddresses: ["192.0.2.1" as IpAddress],
  foreignAddresses: new Map(),
  families: new Set(["ipv4", "ipv6"]),
  scheduler: "rr",
  externalIps: true,
  markOf: () => 1,
};

function nameOf(index: number): string {
  return `service-${index}`;
}

function newService(index: number): unknown {
  return {
    metadata: { namespace: "default", name: nameOf(index), uid: `u-${index}` },
    spec: {
      type: "ClusterIP",
      clusterIP: `10.96.${index >> 8}.${index & 255}`,
      ipFamilies: ["IPv4"],
      ports: [{ name: "http", protocol: "TCP", port: 80 }],
    },
  };
}

function newSlice(index: number, ready = 10): unknown {
  return {
    metadata: {
      namespace: "default",
      name: `${nameOf(index)}-abcde`,
      labels: { "kubernetes.io/service-name": nameOf(index) },
    },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    endpoints: Array.from({ length: 10 }, (_, at) => ({
      addresses: [`10.${128 + (index >> 8)}.${index & 255}.${at + 1}`],
      conditions: { ready: at < ready, serving: true, terminating: false },
      nodeName: `node-${(index + at) % 100}`,
      zone: `zone-${at % 3}`,
    })),
  };
}

function fill(count: number): ClusterModel {
  const model = new ClusterModel({ nodeName: "node-1" });
  model.upsertNode("node-1", decodeNode({ metadata: { name: "node-1" } }));
  for (let index = 0; index < count; index++) {
    const key = `default/${nameOf(index)}`;
    // As over the wire: text first, so that no string is shared by chance.
    const service = JSON.parse(JSON.stringify(newService(index)));
    const slice = JSON.parse(JSON.stringify(newSlice(index)));
    model.upsertService(key, decodeService(service));
    model.upsertSlice(`${key}-abcde`, decodeEndpointSlice(slice));
  }
  return model;
}

function planOne(model: ClusterModel, name: ServiceName): ServicePlan {
  const service = model.service(name);
  if (service === undefined) throw new RangeError(`Cannot plan ${name}: gone`);
  return planService(service, model.slices(name), CONTEXT);
}

function planAll(model: ClusterModel): readonly ServicePlan[] {
  return [...model.serviceNames()].map((name) => planOne(model, name));
}

/** One endpoint becomes unready, or ready again: fold it and plan anew. */
function change(model: ClusterModel, index: number, ready: number): void {
  const name = `default/${nameOf(index)}` as ServiceName;
  const slice = decodeEndpointSlice(newSlice(index, ready));
  const dirty = model.upsertSlice(`${name}-abcde`, slice);
  if (dirty.length !== 1) throw new RangeError("Cannot measure: not dirty");
  planOne(model, name);
}

/** Memory and time of one complete planning, measured once and printed. */
function report(): ClusterModel {
  const before = Deno.memoryUsage();
  const filled = performance.now();
  const model = fill(10_000);
  const decoded = Deno.memoryUsage();
  const started = performance.now();
  const plans = planAll(model);
  const ms = performance.now() - started;
  const after = Deno.memoryUsage();
  const megabytes = (bytes: number): string =>
    `${Math.round(bytes / MEGABYTE)} MB`;
  // deno-lint-ignore no-console -- a benchmark prints its figures
  console.log(
    `${plans.length} Services of 10 endpoints: decoded in ` +
      `${Math.round(started - filled)} ms, planned in ${Math.round(ms)} ms; ` +
      `heap grew by ${megabytes(decoded.heapUsed - before.heapUsed)} for the ` +
      `objects and ${megabytes(after.heapUsed - decoded.heapUsed)} for the ` +
      `plans; resident ${megabytes(after.rss)}`,
  );
  return model;
}

const large = report();
const small = fill(100);
let turn = 0;

Deno.bench("plan 10,000 Services of 10 endpoints", { n: 5, warmup: 1 }, () => {
  planAll(large);
});

Deno.bench("change one endpoint among 100 Services", {
  group: "one change",
  baseline: true,
}, () => {
  turn++;
  change(small, turn % 100, 1 + Math.floor(turn / 100) % 9);
});

Deno.bench("change one endpoint among 10,000 Services", {
  group: "one change",
}, () => {
  turn++;
  change(large, turn % 10_000, 1 + Math.floor(turn / 10_000) % 9);
});
