import ipaddr from "ipaddr.js";
import type { Cidr, IpAddress, IpFamily } from "./types.ts";

/** Longest text that can be an address; longer text is not looked at. */
const MAX_ADDRESS_LENGTH = 64;
const IPV4_CANONICAL =
  /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const IPV4_SLOPPY = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * Reads an address. IPv4 octets may have leading zeros, as old objects have
 * them (they are decimal); IPv4-mapped IPv6 is the IPv4 address.
 *
 * @returns its canonical form, undefined when it is none
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return undefined;
  if (IPV4_CANONICAL.test(text)) return text as IpAddress;
  if (IPV4_SLOPPY.test(text)) return parseSloppyIpv4(text);
  return parseIpv6(text);
}

function parseSloppyIpv4(text: string): IpAddress | undefined {
  const octets = text.split(".").map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.join(".") as IpAddress;
}

function parseIpv6(text: string): IpAddress | undefined {
  if (!text.includes(":") || text.includes("%")) return undefined;
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return (address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.toRFC5952String()) as IpAddress;
}

/** Family of an address. */
export function familyOf(address: IpAddress): IpFamily {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Family of a network. */
export function familyOfCidr(cidr: Cidr): IpFamily {
  return cidr.includes(":") ? "ipv6" : "ipv4";
}

/** Length of the prefix of a network. */
export function prefixLength(cidr: Cidr): number {
  return Number(cidr.slice(cidr.indexOf("/") + 1));
}

/**
 * Reads a network: "10.0.0.0/8". Host bits are cleared.
 *
 * @returns its canonical form, undefined when it is none
 */
export function parseCidr(text: string): Cidr | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return undefined;
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = parseIpAddress(match?.[1] ?? "");
  if (match === null || address === undefined) return undefined;
  // The prefix of a mapped network counts the 96 bits before the IPv4 ones.
  const isMapped = familyOf(address) === "ipv4" && text.includes(":");
  const length = Number(match[2]) - (isMapped ? 96 : 0);
  const bits = familyOf(address) === "ipv4" ? 32 : 128;
  if (length < 0 || length > bits) return undefined;
  return `${networkOf(address, length)}/${length}` as Cidr;
}

function networkOf(address: IpAddress, length: number): IpAddress {
  const bytes = toBytes(address).map((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return fromBytes(bytes);
}

/** Bytes of an address, 4 or 16, most significant first. */
export function toBytes(address: IpAddress): readonly number[] {
  return ipaddr.parse(address).toByteArray();
}

function fromBytes(bytes: number[]): IpAddress {
  const address = ipaddr.fromByteArray(bytes);
  return (address instanceof ipaddr.IPv6
    ? address.toRFC5952String()
    : address.toString()) as IpAddress;
}

/** Whether a network contains an address; false across families. */
export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (familyOfCidr(cidr) !== familyOf(address)) return false;
  const length = prefixLength(cidr);
  if (length === 0) return true;
  const network = cidr.slice(0, cidr.indexOf("/")) as IpAddress;
  return networkOf(address, length) === network;
}

/**
 * What makes an address unfit for a Service or an endpoint: the API refuses
 * the same ones, since taking them would take something of the node itself.
 *
 * @returns the name of the range, undefined when the address is fit
 */
export function specialRange(address: IpAddress): string | undefined {
  if (familyOf(address) === "ipv4") return specialIpv4Range(address);
  if (address === "::") return "unspecified";
  if (address === "::1") return "loopback";
  const head = Number.parseInt(address.split(":")[0] || "0", 16);
  if ((head & 0xffc0) === 0xfe80) return "link-local";
  if ((head & 0xff00) === 0xff00) return "multicast";
  return head === 0 && isIpv4Compatible(address)
    ? "IPv4-compatible (deprecated)"
    : undefined;
}

function specialIpv4Range(address: IpAddress): string | undefined {
  if (address.startsWith("0.")) return "unspecified";
  if (address.startsWith("127.")) return "loopback";
  if (address.startsWith("169.254.")) return "link-local";
  const first = Number.parseInt(address, 10);
  if (first >= 224 && first < 240) return "multicast";
  return address === "255.255.255.255" ? "broadcast" : undefined;
}

function isIpv4Compatible(address: IpAddress): boolean {
  return toBytes(address).slice(0, 12).every((byte) => byte === 0);
}
