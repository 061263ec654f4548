import type { Change, Patch } from "./case_types.ts";
import { type Form, join, toIpv6Form } from "./forms.ts";

/** An object of the API. */
export type ApiObject = Record<string, unknown>;

const SERVICE: ApiObject = {
  kind: "Service",
  metadata: {
    namespace: "ns1",
    name: "svc1",
    uid: "u1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: {
    type: "ClusterIP",
    clusterIP: "10.20.30.41",
    ipFamilies: ["IPv4"],
    ports: [{ name: "p80", protocol: "TCP", port: 80 }],
  },
};
const SLICE: ApiObject = {
  kind: "EndpointSlice",
  metadata: {
    namespace: "ns1",
    labels: { "kubernetes.io/service-name": "svc1" },
  },
  addressType: "IPv4",
  endpoints: [],
  ports: [{ name: "p80", protocol: "TCP", port: 8080 }],
};
const NODE: ApiObject = {
  kind: "Node",
  metadata: { name: "n1" },
  status: { addresses: [{ type: "InternalIP", address: "192.0.2.1" }] },
};

/** Lays a patch over an object: members are merged, lists replaced. */
export function overlay(base: unknown, patch: unknown): unknown {
  const isPlain = [base, patch].every((value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
  );
  if (!isPlain) return patch;
  const merged = { ...base as ApiObject };
  for (const [key, value] of Object.entries(patch as ApiObject)) {
    if (value === null) delete merged[key];
    else merged[key] = key in merged ? overlay(merged[key], value) : value;
  }
  return merged;
}

function toService(patch: Patch): ApiObject {
  const service = overlay(SERVICE, patch) as { spec: ApiObject };
  if (Array.isArray(service.spec)) return service;
  const { clusterIP, clusterIPs } = service.spec;
  const spec = { ...service.spec, clusterIPs: clusterIPs ?? [clusterIP] };
  return { ...service, spec };
}

function toSlice(patch: Patch, index: number): ApiObject {
  const slice = overlay(SLICE, patch) as { metadata: ApiObject };
  const name = slice.metadata.name ?? `svc1-${index + 1}`;
  return { ...slice, metadata: { ...slice.metadata, name } };
}

/** Objects of a step, in the form that is asked for. */
export interface StepObjects {
  /** Services. */
  readonly services: readonly ApiObject[];
  /** Slices. */
  readonly slices: readonly ApiObject[];
  /** This node. */
  readonly node?: ApiObject;
}

/** Makes the objects of a step. */
export function toObjects(change: Change, form: Form): StepObjects {
  const patches = change.services ??
    (change.service === undefined ? [] : [change.service]);
  const services = patches.map(toService);
  const slices = (change.slices ?? []).map(toSlice);
  const node = change.node === undefined
    ? {}
    : { node: overlay(NODE, change.node) as ApiObject };
  const ipv4 = { services, slices, ...node };
  if (form === "ipv4") return ipv4;
  const ipv6 = toIpv6Form(ipv4);
  if (form === "ipv6") return ipv6;
  return {
    services: services.map((service, index) =>
      toDual(service, ipv6.services[index])
    ),
    slices: [...slices, ...ipv6.slices.map(withOtherName)],
    ...(ipv4.node === undefined ? {} : { node: toDual(ipv4.node, ipv6.node) }),
  };
}

/** Lists that belong to a family are joined, all else is of the IPv4 form. */
const FAMILY_LISTS: readonly (readonly string[])[] = [
  ["spec", "clusterIPs"],
  ["spec", "ipFamilies"],
  ["spec", "externalIPs"],
  ["spec", "loadBalancerSourceRanges"],
  ["spec", "podCIDRs"],
  ["status", "loadBalancer", "ingress"],
  ["status", "addresses"],
];

function toDual(ipv4: ApiObject, ipv6: ApiObject | undefined): ApiObject {
  return FAMILY_LISTS.reduce<ApiObject>((object, path) => {
    const list = join(get(ipv4, path), get(ipv6, path));
    return list === undefined ? object : set(object, path, list);
  }, ipv4);
}

function get(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as ApiObject | undefined)?.[key],
    value,
  );
}

function set(
  object: ApiObject,
  [key = "", ...rest]: readonly string[],
  value: unknown,
): ApiObject {
  const inner = object[key] as ApiObject | undefined;
  return {
    ...object,
    [key]: rest.length === 0 ? value : set(inner ?? {}, rest, value),
  };
}

function withOtherName(slice: ApiObject): ApiObject {
  const metadata = slice.metadata as ApiObject;
  return { ...slice, metadata: { ...metadata, name: `${metadata.name}-v6` } };
}
