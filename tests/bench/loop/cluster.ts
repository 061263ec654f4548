/**
 * A cluster of Services of ten endpoints, planned, and a kernel that holds
 * just that.
 *
 * @module
 */
import {
  Desired,
  type DiffOptions,
  type DiffState,
  Drains,
  Observed,
  type ObservedVirtualServer,
  Ownership,
} from "#diff";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeService,
  type IpAddress,
} from "#model";
import {
  type PlanContext,
  planService,
  setName,
  type VirtualServerKey,
} from "#plan";

/** Endpoints of each Service. */
export const ENDPOINTS = 10;

/** A node without node ports. */
export const CONTEXT: PlanContext = {
  nodeName: "node-1",
  nodePortAddresses: [],
  hostAddresses: new Set(["192.0.2.1" as IpAddress]),
  nodeAddresses: ["192.0.2.1" as IpAddress],
  foreignAddresses: new Map(),
  families: new Set(["ipv4"]),
  scheduler: "rr",
  externalIps: true,
  markOf: () => 1,
};

/** Comparisons as a pass makes them. */
export const DIFF_OPTIONS: DiffOptions = {
  deletions: "allow",
  connections: "stale",
  nowMs: 0,
  departureMs: 5_000,
  drainLimits: { goneMs: 60_000, hardMs: 900_000 },
  first: new Set(),
  listed: () => new Set(),
};

/** What `fill` makes. */
export interface Filled {
  /** The objects. */
  readonly model: ClusterModel;
  /** Both sides of the comparison. */
  readonly state: DiffState;
}

/** Key of a Service's slice in a watch. */
export function sliceKey(index: number): string {
  return `default/service-${index}-abcde`;
}

/** A Service, as JSON. */
export function newService(index: number): unknown {
  return {
    metadata: {
      namespace: "default",
      name: `service-${index}`,
      uid: `u-${index}`,
    },
    spec: {
      type: "ClusterIP",
      clusterIP: `10.96.${index >> 8}.${index & 255}`,
      ipFamilies: ["IPv4"],
      ports: [{ name: "http", protocol: "TCP", port: 80 }],
    },
  };
}

/** Its slice; the first so many endpoints are ready. */
export function newSlice(index: number, ready = ENDPOINTS): unknown {
  return {
    metadata: {
      namespace: "default",
      name: `service-${index}-abcde`,
      labels: { "kubernetes.io/service-name": `service-${index}` },
    },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    endpoints: Array.from({ length: ENDPOINTS }, (_, at) => ({
      addresses: [`10.${128 + (index >> 8)}.${index & 255}.${at + 1}`],
      conditions: { ready: at < ready, serving: true, terminating: false },
      nodeName: `node-${(index + at) % 100}`,
    })),
  };
}

/** Plans so many Services and makes a kernel that holds just that. */
export function fill(services: number): Filled {
  const model = new ClusterModel({ nodeName: "node-1" });
  const desired = new Desired();
  const ownership = new Ownership();
  for (let index = 0; index < services; index++) {
    const key = `default/service-${index}`;
    model.upsertService(key, decodeService(newService(index)));
    model.upsertSlice(sliceKey(index), decodeEndpointSlice(newSlice(index)));
  }
  for (const name of model.serviceNames()) {
    const service = model.service(name);
    if (service === undefined) continue;
    desired.set(planService(service, model.slices(name), CONTEXT));
  }
  ownership.add({
    virtualServers: [...desired.virtualServers.keys()],
    addresses: [...desired.addresses()],
  });
  return {
    model,
    state: {
      desired,
      observed: observedFrom(desired),
      ownership,
      drains: new Drains(),
      departures: new Map(),
    },
  };
}

function observedFrom(desired: Desired): Observed {
  const observed = new Observed();
  const servers = new Map<VirtualServerKey, ObservedVirtualServer>();
  for (const [key, { server }] of desired.virtualServers) {
    const realServers = new Map(
      [...server.realServers].map(([name, { weight }]) => [name, {
        key: name,
        forwardingMethod: "masquerading" as const,
        weight,
        activeConnections: 0,
        inactiveConnections: 0,
      }]),
    );
    servers.set(key, { key, scheduler: "rr", flags: [], realServers });
  }
  observed.replaceServers(servers);
  observed.replaceAddresses(desired.addresses());
  const sets = new Map<string, { elements: Map<string, undefined> }>();
  for (const [, entry] of desired.elements()) {
    const name = setName(entry.set, entry.family);
    const set = sets.get(name) ?? { elements: new Map() };
    set.elements.set(entry.element, undefined);
    sets.set(name, set);
  }
  observed.replaceSets(sets);
  return observed;
}
