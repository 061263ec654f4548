import type { ObservedSet } from "#apply";
import { type Cidr, cidrContains, type IpAddress, type Protocol } from "#model";

/** What of a packet a set is asked about. */
export interface AskedOf {
  /** Its protocol. */
  readonly protocol: Protocol;
  /** Its source address. */
  readonly source: IpAddress;
  /** Its target address. */
  readonly target: IpAddress;
  /** Its target port. */
  readonly port: number;
}

/** The element that a set has for a packet. */
export interface FoundElement {
  /** As `ipset save` prints it; absent: the set has none. */
  readonly element?: string;
  /** Its mark; absent: none. */
  readonly mark?: number;
}

/** The ways in which our rules ask sets, by type of set. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "hash:ip": "dst",
  "hash:ip,port": "dst,dst",
  "hash:ip,port,net": "dst,dst,src",
  "bitmap:port": "dst",
};

/**
 * Asks a set about a packet, as `--match-set` does.
 *
 * @param by which of its parts are asked: "dst,dst"
 * @returns undefined when the set is asked in a way that is not known here
 */
export function askSet(
  set: ObservedSet,
  by: string,
  packet: AskedOf,
): FoundElement | undefined {
  const type = set.type.split(" ", 1)[0] ?? "";
  if (QUESTIONS[type] !== by) return undefined;
  const { protocol, source, target, port } = packet;
  const socket = `${target},${protocol}:${port}`;
  switch (type) {
    case "hash:ip":
      return exactly(set, target);
    case "hash:ip,port":
      return exactly(set, socket);
    case "bitmap:port":
      return exactly(set, String(port));
    default:
      return inNetwork(set, `${socket},`, source);
  }
}

function exactly(set: ObservedSet, element: string): FoundElement {
  if (!set.elements.has(element)) return {};
  const mark = set.elements.get(element);
  return mark === undefined ? { element } : { element, mark };
}

function inNetwork(
  set: ObservedSet,
  start: string,
  address: IpAddress,
): FoundElement {
  const bits = address.includes(":") ? 128 : 32;
  for (const element of set.elements.keys()) {
    if (!element.startsWith(start)) continue;
    const network = element.slice(start.length);
    const cidr = network.includes("/") ? network : `${network}/${bits}`;
    if (cidrContains(cidr as Cidr, address)) return { element };
  }
  return {};
}
