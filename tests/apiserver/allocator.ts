/**
 * Cluster IPs and node ports that are in use, and the next free ones.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import { at, type JsonObject, listOf, textOf } from "./json.ts";

/** First and last node port that is given out. */
const NODE_PORTS = { first: 30000, last: 32767 } as const;

/** The first addresses of a range are left to those who choose their own. */
const FIRST_OFFSET = 100n;

function toNumber(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function toText(value: bigint, length: number): string {
  const bytes = Array.from(
    { length },
    (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

interface Range {
  readonly family: "IPv4" | "IPv6";
  readonly base: bigint;
  /** Bytes of an address. */
  readonly length: number;
  /** Addresses in it. */
  readonly size: bigint;
  /** Where to look next. */
  next: bigint;
}

/** Family of an address in the API's words. */
export function familyOf(address: string): "IPv4" | "IPv6" {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** What Services hold: addresses of the service ranges and node ports. */
export class Allocator {
  readonly #ranges: readonly Range[];
  readonly #addresses = new Set<string>();
  readonly #ports = new Set<number>();
  #port: number = NODE_PORTS.first;

  /** Gives out addresses of these ranges, one for each family. */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr): Range => {
      const [base, bits] = ipaddr.parseCIDR(cidr);
      const bytes = base.toByteArray();
      return {
        family: familyOf(cidr),
        base: toNumber(bytes),
        length: bytes.length,
        size: 1n << BigInt(8 * bytes.length - bits),
        next: FIRST_OFFSET,
      };
    });
  }

  /** Families that there is a range for, the first one preferred. */
  get families(): readonly ("IPv4" | "IPv6")[] {
    return this.#ranges.map(({ family }) => family);
  }

  /** Whether some Service has the address. */
  hasAddress(address: string): boolean {
    return this.#addresses.has(address);
  }

  /** Whether some Service has the node port. */
  hasPort(port: number): boolean {
    return this.#ports.has(port);
  }

  /** A free address of a family; undefined when there is no range for it. */
  freeAddress(family: "IPv4" | "IPv6"): string | undefined {
    const range = this.#ranges.find((range) => range.family === family);
    if (range === undefined) return undefined;
    const { base, length, size } = range;
    for (let tries = 0n; tries < size; tries++) {
      const offset = range.next++ % size;
      if (offset === 0n || offset === size - 1n) continue;
      const address = toText(base + offset, length);
      if (!this.#addresses.has(address)) return address;
    }
    return undefined;
  }

  /** A free node port; 0 when there is none left. */
  freePort(): number {
    const size = NODE_PORTS.last - NODE_PORTS.first + 1;
    for (let tries = 0; tries < size; tries++) {
      const port = this.#port;
      this.#port = port === NODE_PORTS.last ? NODE_PORTS.first : port + 1;
      if (!this.#ports.has(port)) {
        return port;
      }
    }
    return 0;
  }

  /** Notes what a Service holds before it, and after it. */
  follow(before: JsonObject | undefined, after: JsonObject | undefined): void {
    for (const address of addressesOf(before)) this.#addresses.delete(address);
    for (const port of nodePortsOf(before)) this.#ports.delete(port);
    for (const address of addressesOf(after)) this.#addresses.add(address);
    for (const port of nodePortsOf(after)) this.#ports.add(port);
  }
}

/** The cluster IPs that a Service holds. */
export function addressesOf(
  service: JsonObject | undefined,
): readonly string[] {
  const addresses = listOf(at(service, "spec", "clusterIPs")).map(textOf);
  const first = textOf(at(service, "spec", "clusterIP"));
  const all = addresses.length > 0 ? addresses : [first];
  return all.filter((address) => address !== "" && address !== "None");
}

/** The node ports that a Service holds. */
export function nodePortsOf(
  service: JsonObject | undefined,
): readonly number[] {
  const ports = listOf(at(service, "spec", "ports"))
    .map((port) => at(port, "nodePort"));
  return [...ports, at(service, "spec", "healthCheckNodePort")]
    .filter((port): port is number => typeof port === "number" && port > 0);
}
