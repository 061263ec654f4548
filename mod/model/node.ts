import type { Cidr, ClusterNode, Decoded, IpAddress } from "./types.ts";
import { parseCidr, parseIpAddress, specialRange } from "./address.ts";
import { isRecord, member, path } from "./json.ts";
import { readName } from "./namespaced.ts";
import { objectText, Rejections } from "./rejections.ts";
import { readList } from "./service_addresses.ts";
import { quote } from "./text.ts";

/** Label that names the zone of a Node. */
export const ZONE_LABEL = "topology.kubernetes.io/zone";
/** Taint of a Node that the cluster autoscaler is about to delete. */
export const AUTOSCALER_TAINT = "ToBeDeletedByClusterAutoscaler";
/** Types of address that count, best first. */
const ADDRESS_TYPES: readonly string[] = ["InternalIP", "ExternalIP"];
const MAX_ZONE_LENGTH = 253;

/**
 * Reads a Node of the API (behaviour 1.4). Never throws, whatever the value
 * is.
 */
export function decodeNode(object: unknown): Decoded<ClusterNode> {
  const rejections = new Rejections(objectText("Node", object));
  const name = readName(object, rejections);
  if (name === undefined) return rejections.malformed();
  const addresses = readNodeAddresses(object, rejections);
  const podCidrs = readPodCidrs(object, rejections);
  if (addresses === undefined || podCidrs === undefined) {
    return rejections.malformed();
  }
  const zone = path(object, "metadata", "labels", ZONE_LABEL);
  const hasZone = typeof zone === "string" && zone !== "" &&
    zone.length <= MAX_ZONE_LENGTH;
  const value: ClusterNode = {
    name,
    addresses,
    podCidrs,
    ...(hasZone ? { zone } : {}),
    eligible: isEligible(object),
  };
  return { kind: "object", value, rejections: rejections.all() };
}

function readNodeAddresses(
  object: unknown,
  rejections: Rejections,
): readonly IpAddress[] | undefined {
  const field = "status.addresses";
  const items = readList(
    path(object, "status", "addresses"),
    field,
    rejections,
  );
  if (items === undefined) return undefined;
  const byType = new Map<string, Set<IpAddress>>(
    ADDRESS_TYPES.map((type) => [type, new Set()]),
  );
  for (const [index, item] of items.entries()) {
    const addresses = byType.get(String(member(item, "type")));
    if (addresses === undefined) continue;
    const text = member(item, "address");
    const address = typeof text === "string" ? parseIpAddress(text) : undefined;
    if (address !== undefined && isOwnable(address)) addresses.add(address);
    else {
      rejections.add(
        `${field}[${index}].address`,
        `Cannot use ${quote(text)}: not an address that a node can have`,
      );
    }
  }
  return [...new Set([...byType.values()].flatMap((set) => [...set]))];
}

/** A node may live on a link-local IPv4 address, or on loopback in a lab. */
function isOwnable(address: IpAddress): boolean {
  const range = specialRange(address);
  return range === undefined || range === "loopback" ||
    (range === "link-local" && !address.includes(":"));
}

function readPodCidrs(
  object: unknown,
  rejections: Rejections,
): readonly Cidr[] | undefined {
  const single = path(object, "spec", "podCIDR");
  const items = readList(
    path(object, "spec", "podCIDRs") ??
      (single === undefined || single === "" ? [] : [single]),
    "spec.podCIDRs",
    rejections,
  );
  return items === undefined
    ? undefined
    : readCidrs(items, "spec.podCIDRs", rejections);
}

/** Networks of a list; those that are none are left out with a rejection. */
export function readCidrs(
  items: readonly unknown[],
  field: string,
  rejections: Rejections,
): readonly Cidr[] {
  const cidrs: Cidr[] = [];
  for (const [index, item] of items.entries()) {
    const cidr = typeof item === "string" ? parseCidr(item) : undefined;
    if (cidr !== undefined) cidrs.push(cidr);
    else {
      rejections.add(
        `${field}[${index}]`,
        `Cannot use ${quote(item)}: not a network such as "10.0.0.0/8"`,
      );
    }
  }
  return cidrs;
}

function isEligible(object: unknown): boolean {
  if (path(object, "metadata", "deletionTimestamp") !== undefined) return false;
  const taints = path(object, "spec", "taints");
  return !Array.isArray(taints) ||
    !taints.some((taint) =>
      isRecord(taint) && member(taint, "key") === AUTOSCALER_TAINT
    );
}
