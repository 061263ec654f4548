import type { Cidr, IpAddress, IpFamily } from "./types.ts";
import {
  familyOf,
  parseCidr,
  parseIpAddress,
  specialRange,
} from "./address.ts";
import { isRecord, MAX_ITEMS, member, path } from "./json.ts";
import type { Rejections } from "./rejections.ts";
import { quote } from "./text.ts";

/** Items of a list that may be absent; undefined when it is no list. */
export function readList(
  value: unknown,
  field: string,
  rejections: Rejections,
): readonly unknown[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    rejections.add(field, `Cannot use ${quote(value)}: it must be a list`);
    return undefined;
  }
  if (value.length <= MAX_ITEMS) return value;
  rejections.add(
    field,
    `Cannot use a list of ${value.length}: at most ${MAX_ITEMS} are read`,
  );
  return undefined;
}

/**
 * An address that may be taken for a Service; undefined with a rejection
 * when it may not.
 */
export function readVip(
  value: unknown,
  field: string,
  rejections: Rejections,
): IpAddress | undefined {
  const address = typeof value === "string" ? parseIpAddress(value) : undefined;
  if (address === undefined) {
    rejections.add(field, `Cannot use ${quote(value)}: not an IP address`);
    return undefined;
  }
  const range = specialRange(address);
  if (range === undefined) return address;
  rejections.add(field, `Cannot take ${address}: the address is ${range}`);
  return undefined;
}

/**
 * Cluster IPs, at most one of each family.
 *
 * @returns undefined when one cannot be read: the object is malformed
 */
export function readClusterIps(
  spec: unknown,
  rejections: Rejections,
): readonly IpAddress[] | undefined {
  const families = readList(
    member(spec, "ipFamilies"),
    "spec.ipFamilies",
    rejections,
  );
  if (families === undefined) return undefined;
  // Objects of old clusters name no family: only `clusterIP` counts then.
  if (families.length === 0) {
    const address = readVip(
      member(spec, "clusterIP"),
      "spec.clusterIP",
      rejections,
    );
    return address === undefined ? undefined : [address];
  }
  const texts = readList(
    member(spec, "clusterIPs") ?? [member(spec, "clusterIP")],
    "spec.clusterIPs",
    rejections,
  );
  return texts === undefined
    ? undefined
    : readClusterIpsByFamily(texts, families, rejections);
}

function readClusterIpsByFamily(
  texts: readonly unknown[],
  families: readonly unknown[],
  rejections: Rejections,
): readonly IpAddress[] | undefined {
  const addresses = new Map<IpFamily, IpAddress>();
  for (const [index, text] of texts.slice(0, families.length).entries()) {
    const field = `spec.clusterIPs[${index}]`;
    const address = readVip(text, field, rejections);
    if (address === undefined) return undefined;
    const family = familyOf(address);
    if (String(families[index]).toLowerCase() !== family) {
      rejections.add(
        field,
        `Cannot use ${address}: its family must be ${quote(families[index])}`,
      );
    } else if (!addresses.has(family)) addresses.set(family, address);
  }
  return addresses.size === 0 ? undefined : [...addresses.values()];
}

/**
 * `externalIPs` of both families without doubles; bad ones are left out.
 *
 * @returns undefined when it is no list: the object is malformed
 */
export function readExternalIps(
  spec: unknown,
  rejections: Rejections,
): readonly IpAddress[] | undefined {
  const field = "spec.externalIPs";
  const texts = readList(member(spec, "externalIPs"), field, rejections);
  if (texts === undefined) return undefined;
  const addresses = new Set<IpAddress>();
  for (const [index, text] of texts.entries()) {
    if (typeof text === "string" && text.trim() === "") continue;
    const address = readVip(text, `${field}[${index}]`, rejections);
    if (address !== undefined) addresses.add(address);
  }
  return [...addresses];
}

/**
 * Ingress addresses that this node serves itself: `ipMode` VIP or absent.
 *
 * @returns undefined when it is no list: the object is malformed
 */
export function readLoadBalancerIps(
  object: unknown,
  rejections: Rejections,
): readonly IpAddress[] | undefined {
  const field = "status.loadBalancer.ingress";
  const entries = readList(
    path(object, "status", "loadBalancer", "ingress"),
    field,
    rejections,
  );
  if (entries === undefined) return undefined;
  const addresses = new Set<IpAddress>();
  for (const [index, entry] of entries.entries()) {
    if (!isRecord(entry)) {
      rejections.add(
        `${field}[${index}]`,
        `Cannot use ${quote(entry)}: it must be an object`,
      );
      continue;
    }
    const text = member(entry, "ip") ?? "";
    if (text === "" || (member(entry, "ipMode") ?? "VIP") !== "VIP") continue;
    const address = readVip(text, `${field}[${index}].ip`, rejections);
    if (address !== undefined) addresses.add(address);
  }
  return [...addresses];
}

/**
 * `loadBalancerSourceRanges`; "everybody" when there are none. Those that
 * cannot be read are left out and the list stays: closed is the safe side.
 *
 * @returns undefined when it is no list: the object is malformed
 */
export function readSourceRanges(
  spec: unknown,
  rejections: Rejections,
): readonly Cidr[] | "everybody" | undefined {
  const field = "spec.loadBalancerSourceRanges";
  const texts = readList(
    member(spec, "loadBalancerSourceRanges"),
    field,
    rejections,
  );
  if (texts === undefined) return undefined;
  if (texts.length === 0) return "everybody";
  const cidrs = new Set<Cidr>();
  for (const [index, text] of texts.entries()) {
    const cidr = typeof text === "string" ? parseCidr(text.trim()) : undefined;
    if (cidr !== undefined) cidrs.add(cidr);
    else {
      rejections.add(
        `${field}[${index}]`,
        `Cannot use ${quote(text)}: not a network such as "10.0.0.0/8"`,
      );
    }
  }
  return [...cidrs];
}
