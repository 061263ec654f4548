import {
  type ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
  encodeEndpointSlice,
  encodeNode,
  encodeService,
  encodeServiceCidr,
  type IpAddress,
} from "#model";
import type { SourceEvent } from "./sources.ts";
import type { SourceKind } from "./types.ts";

/** What the first line of a snapshot begins with; its version included. */
export const SNAPSHOT_VERSION = "kube-proxy-snapshot 1";

/** What a snapshot says of itself. */
export interface SnapshotHeader {
  /** Node whose agent wrote it. */
  readonly node: string;
  /** When it was in step with the API server, ms since 1970. */
  readonly takenMs: number;
}

/** The first line. */
export function formatHeader({ node, takenMs }: SnapshotHeader): string {
  return `${SNAPSHOT_VERSION} ${JSON.stringify({ node, takenMs })}`;
}

/** Reads the first line; undefined: of another version, or none of ours. */
export function parseHeader(line: string): SnapshotHeader | undefined {
  if (!line.startsWith(`${SNAPSHOT_VERSION} {`)) return undefined;
  try {
    const { node, takenMs } = JSON.parse(line.slice(SNAPSHOT_VERSION.length));
    return typeof node === "string" && Number.isFinite(takenMs)
      ? { node, takenMs }
      : undefined;
  } catch {
    return undefined; // not JSON: as good as another version
  }
}

/**
 * What is known of the cluster, an object a line, each made when it is asked
 * for. Slices of what is no Service here are left out. Changes meanwhile are
 * seen or not, each object as a whole.
 */
export function* snapshotLines(model: ClusterModel): Generator<string> {
  const node = model.node();
  if (node !== undefined) yield lineOf("Node", encodeNode(node));
  for (const [name, addresses] of othersByName(model)) {
    yield lineOf("Node", {
      ...encodeNode({ name, addresses, podCidrs: [], eligible: true }),
    });
  }
  for (const cidr of model.serviceCidrs()) {
    yield lineOf("ServiceCIDR", encodeServiceCidr(cidr));
  }
  for (const name of model.serviceNames()) {
    const service = model.service(name);
    if (service === undefined) continue;
    yield lineOf("Service", encodeService(service));
    for (const slice of model.slices(name)) {
      yield lineOf("EndpointSlice", encodeEndpointSlice(slice));
    }
  }
}

function othersByName(model: ClusterModel): Map<string, IpAddress[]> {
  const byName = new Map<string, IpAddress[]>();
  for (const [address, name] of model.otherNodeAddresses()) {
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [address]);
    else known.push(address);
  }
  return byName;
}

function lineOf(kind: SourceKind, object: object): string {
  return JSON.stringify({ kind, ...object });
}

/**
 * Reads a line as the object of the API that it is, by the decoders that
 * read the API's own; undefined: it cannot be used.
 */
export function parseSnapshotLine(line: string): SourceEvent | undefined {
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch {
    return undefined; // one line the less; the others are good
  }
  const event = toEvent(object);
  return event?.event.kind === "upsert" &&
      event.event.object.kind === "object"
    ? event
    : undefined;
}

function toEvent(object: unknown): SourceEvent | undefined {
  const { kind, metadata } = (object ?? {}) as {
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown };
  };
  const name = String(metadata?.name);
  const key = `${String(metadata?.namespace)}/${name}`;
  switch (kind) {
    case "Service":
      return { source: kind, event: upsert(key, decodeService(object)) };
    case "EndpointSlice":
      return { source: kind, event: upsert(key, decodeEndpointSlice(object)) };
    case "Node":
      return { source: kind, event: upsert(name, decodeNode(object)) };
    case "ServiceCIDR":
      return { source: kind, event: upsert(name, decodeServiceCidr(object)) };
    default:
      return undefined;
  }
}

function upsert<Value>(key: string, object: Value) {
  return { kind: "upsert", key, object } as const;
}
