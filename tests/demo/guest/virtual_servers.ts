/**
 * The kernel's own list of virtual servers, `/proc/net/ip_vs`: reading it
 * costs no process, so it can be watched closely.
 *
 * @module
 */

/** A real server, as the kernel lists it. */
export interface ListedRealServer {
  /** Address and port: "10.32.0.15:5432". */
  readonly key: string;
  /** Weight; 0: no new connections. */
  readonly weight: number;
  /** Established connections. */
  readonly active: number;
}

/** Real servers by virtual server: "TCP 10.96.0.12:5432". */
export type ListedServers = ReadonlyMap<string, readonly ListedRealServer[]>;

/** Reads the list; IPv6 and firewall marks are left out. */
export function parseVirtualServers(text: string): ListedServers {
  const servers = new Map<string, ListedRealServer[]>();
  let current: ListedRealServer[] | undefined;
  for (const line of text.split("\n")) {
    const [first = "", second = "", , weight, active] = line.trim().split(
      /\s+/,
    );
    if (/^(TCP|UDP|SCTP)$/.test(first)) {
      current = undefined;
      const key = parseKey(second);
      if (key === undefined) continue;
      current = [];
      servers.set(`${first} ${key}`, current);
    } else if (first === "->") {
      const key = parseKey(second);
      if (key === undefined) continue;
      current?.push({ key, weight: Number(weight), active: Number(active) });
    } else current = undefined;
  }
  return servers;
}

/** "0A60000C:1538" as "10.96.0.12:5432". */
function parseKey(text: string): string | undefined {
  const match = /^([0-9A-F]{8}):([0-9A-F]{4})$/i.exec(text);
  if (match === null) return undefined;
  const [, address = "", port = ""] = match;
  const numbers = (address.match(/../g) ?? []).map((hex) => parseInt(hex, 16));
  return `${numbers.join(".")}:${parseInt(port, 16)}`;
}
