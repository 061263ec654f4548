import type { RealServerKey, VirtualServerKey } from "#plan";
import type { ServerTraffic, Traffic } from "./types.ts";

/** Nothing went by. */
export const NO_TRAFFIC: Traffic = {
  connections: 0,
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
};

/** Adds up traffic; with a factor of -1 it takes the second from the first. */
export function addTraffic(
  left: Traffic,
  right: Traffic,
  factor: 1 | -1 = 1,
): Traffic {
  return {
    connections: left.connections + factor * right.connections,
    packetsIn: left.packetsIn + factor * right.packetsIn,
    packetsOut: left.packetsOut + factor * right.packetsOut,
    bytesIn: left.bytesIn + factor * right.bytesIn,
    bytesOut: left.bytesOut + factor * right.bytesOut,
  };
}

const SERVICE_OPTIONS: Readonly<Record<string, string>> = {
  TCP: "-t",
  UDP: "-u",
  SCTP: "--sctp-service",
};
const NUMBERS = /^(.*?)((?: +\d+){5}) *$/;
const SERVICE = /^(TCP|UDP|SCTP|FWM) +(\S+)( IPv6)?$/;
const HEADING =
  /^(?:IP Virtual Server version|Prot LocalAddress| {2}-> Remote)/;

/** A line of which name and first number run into each other. */
const UNTOLD: unique symbol = Symbol("untold");

/**
 * Reads `ipvsadm --list --numeric --stats --exact`, or `--rate`. Where a long
 * name and a large number run into each other, as ipvsadm prints them, nobody
 * can tell whose the number is: that line is left out.
 *
 * @throws {SyntaxError} at a line that no known ipvsadm prints
 */
export function parseIpvsTraffic(
  text: string,
): Map<VirtualServerKey, ServerTraffic> {
  const table = new Map<VirtualServerKey, ServerTraffic>();
  let realServers: Map<RealServerKey, Traffic> | undefined;
  for (const line of text.split("\n")) {
    if (line === "" || HEADING.test(line)) continue;
    const isReal = line.startsWith("  -> ");
    const found = parseLine(isReal ? line.slice(5) : line);
    if (isReal) {
      if (found !== UNTOLD) {
        realServers?.set(found.name as RealServerKey, found.traffic);
      }
      continue;
    }
    realServers = undefined;
    if (found === UNTOLD) continue;
    realServers = new Map();
    table.set(serverKey(found.name, line), { all: found.traffic, realServers });
  }
  return table;
}

function parseLine(
  line: string,
): { readonly name: string; readonly traffic: Traffic } | typeof UNTOLD {
  const [, name = "", numbers] = NUMBERS.exec(line) ?? [];
  if (numbers === undefined || name === "") {
    if (/:\d{9,}(?: +\d+){4} *$/.test(line)) return UNTOLD;
    throw unreadable(line);
  }
  const [
    connections = 0,
    packetsIn = 0,
    packetsOut = 0,
    bytesIn = 0,
    bytesOut = 0,
  ] = numbers.trim().split(/ +/).map(Number);
  return {
    name,
    traffic: { connections, packetsIn, packetsOut, bytesIn, bytesOut },
  };
}

function serverKey(text: string, line: string): VirtualServerKey {
  const [, kind = "", name, six] = SERVICE.exec(text) ?? [];
  if (name === undefined) throw unreadable(line);
  return (kind === "FWM"
    ? `-f ${name}${six === undefined ? "" : " -6"}`
    : `${SERVICE_OPTIONS[kind]} ${name}`) as VirtualServerKey;
}

function unreadable(line: string): SyntaxError {
  return new SyntaxError(
    `Cannot read ipvsadm's output: unknown line ${JSON.stringify(line)}`,
  );
}
