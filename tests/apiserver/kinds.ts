/**
 * The kinds that the stand-in serves.
 *
 * @module
 */
import type { JsonObject } from "./json.ts";

/** One kind of object. */
export interface KindInfo {
  /** API group; empty for the core one. */
  readonly group: string;
  /** Version in the group. */
  readonly version: string;
  /** Kind, such as "Service". */
  readonly kind: string;
  /** Plural in paths. */
  readonly plural: string;
  /** Singular in discovery. */
  readonly singular: string;
  /** Short names for kubectl. */
  readonly shortNames: readonly string[];
  /** Whether objects live in a namespace. */
  readonly namespaced: boolean;
  /** Whether there is a status subresource. */
  readonly hasStatus: boolean;
  /** Whether metadata.generation counts changes. */
  readonly hasGeneration: boolean;
  /** The fields beside metadata that an empty object has, for bookmarks. */
  readonly empty: JsonObject;
  /** Fields that a field selector may name; absent: any. */
  readonly selectable?: readonly string[];
  /** At most so many objects are kept, the oldest go; absent: no bound. */
  readonly limit?: number;
}

/** Events kept of each of the two kinds of Event. */
const EVENT_LIMIT = 1000;

const EMPTY_NODE_INFO: JsonObject = {
  machineID: "",
  systemUUID: "",
  bootID: "",
  kernelVersion: "",
  osImage: "",
  containerRuntimeVersion: "",
  kubeletVersion: "",
  kubeProxyVersion: "",
  operatingSystem: "",
  architecture: "",
};

/** What a Node's status has before anything reports. */
export const EMPTY_NODE_STATUS: JsonObject = {
  daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  nodeInfo: EMPTY_NODE_INFO,
};

const META = ["metadata.name", "metadata.namespace"];

/** All kinds, in the order of discovery. */
export const KINDS: readonly KindInfo[] = [
  {
    group: "",
    version: "v1",
    kind: "Event",
    plural: "events",
    singular: "event",
    shortNames: ["ev"],
    namespaced: true,
    hasStatus: false,
    hasGeneration: false,
    empty: { involvedObject: {}, source: {} },
    limit: EVENT_LIMIT,
  },
  {
    group: "",
    version: "v1",
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    shortNames: ["ns"],
    namespaced: false,
    hasStatus: true,
    hasGeneration: false,
    empty: { spec: {}, status: {} },
    selectable: [...META, "status.phase"],
  },
  {
    group: "",
    version: "v1",
    kind: "Node",
    plural: "nodes",
    singular: "node",
    shortNames: ["no"],
    namespaced: false,
    hasStatus: true,
    hasGeneration: false,
    empty: { spec: {}, status: EMPTY_NODE_STATUS },
    selectable: [...META, "spec.unschedulable"],
  },
  {
    group: "",
    version: "v1",
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    shortNames: ["po"],
    namespaced: true,
    hasStatus: true,
    hasGeneration: true,
    empty: { spec: { containers: null }, status: {} },
    selectable: [...META, "spec.nodeName", "status.phase", "status.podIP"],
  },
  {
    group: "",
    version: "v1",
    kind: "Service",
    plural: "services",
    singular: "service",
    shortNames: ["svc"],
    namespaced: true,
    hasStatus: true,
    hasGeneration: false,
    empty: { spec: {}, status: { loadBalancer: {} } },
    selectable: [...META, "spec.clusterIP", "spec.type"],
  },
  {
    group: "discovery.k8s.io",
    version: "v1",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    shortNames: [],
    namespaced: true,
    hasStatus: false,
    hasGeneration: true,
    empty: { addressType: "", endpoints: null, ports: null },
    selectable: META,
  },
  {
    group: "events.k8s.io",
    version: "v1",
    kind: "Event",
    plural: "events",
    singular: "event",
    shortNames: ["ev"],
    namespaced: true,
    hasStatus: false,
    hasGeneration: false,
    empty: { eventTime: null, regarding: {}, deprecatedSource: {} },
    limit: EVENT_LIMIT,
  },
  {
    group: "networking.k8s.io",
    version: "v1",
    kind: "ServiceCIDR",
    plural: "servicecidrs",
    singular: "servicecidr",
    shortNames: [],
    namespaced: false,
    hasStatus: true,
    hasGeneration: false,
    empty: { spec: {}, status: {} },
    selectable: META,
  },
];

/** "v1" or "discovery.k8s.io/v1". */
export function apiVersionOf(info: KindInfo): string {
  return info.group === "" ? info.version : `${info.group}/${info.version}`;
}

/** The kind that a path names; undefined when it is not served. */
export function kindAt(
  group: string,
  version: string,
  plural: string,
): KindInfo | undefined {
  return KINDS.find((info) =>
    info.group === group && info.version === version && info.plural === plural
  );
}

const BY_NAME: ReadonlyMap<string, KindInfo> = new Map(
  KINDS.flatMap((info) => [
    [info.kind, info] as const,
    [`${apiVersionOf(info)}/${info.kind}`, info] as const,
  ]),
);

/**
 * The kind of that name, such as "Service". "Event" is the one of
 * `events.k8s.io`; "v1/Event" is the core one.
 */
export function kindNamed(name: string): KindInfo {
  const info = BY_NAME.get(name);
  if (info === undefined) {
    throw new TypeError(`Cannot find kind "${name}": it is not served`);
  }
  return info;
}
