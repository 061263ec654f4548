import { readAddress } from "./addresses.ts";

/** A real server in the fake kernel. */
export interface FakeRealServer {
  readonly text: string;
  readonly sortKey: string;
  readonly forwarding: "m" | "g" | "i";
  weight: number;
  active: number;
  inactive: number;
}

/** A virtual server in the fake kernel. */
export interface FakeVirtualServer {
  /** "-t 10.0.0.1:80", "-f 7 -6": as ipvsadm's options name it. */
  readonly key: string;
  readonly sortKey: string;
  readonly family: "inet" | "inet6";
  /** Port; undefined with a firewall mark. */
  readonly port: number | undefined;
  scheduler: string;
  flagBits: number;
  persistence: number | undefined;
  mask: string | undefined;
  onePacket: boolean;
  readonly realServers: Map<string, FakeRealServer>;
}

/** Schedulers that Debian's kernels have. */
export const ALL_SCHEDULERS: readonly string[] =
  "rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq".split(" ");

const FLAG_BITS: Readonly<Record<string, number>> = {
  "sh-fallback": 1,
  "sh-port": 2,
  "mh-fallback": 1,
  "mh-port": 2,
  "flag-1": 1,
  "flag-2": 2,
  "flag-3": 4,
};

/** Bits of a `-b` list; undefined when a name is unknown. */
export function flagBits(list: string): number | undefined {
  let bits = 0;
  for (const name of list.split(",")) {
    const bit = FLAG_BITS[name];
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

/** Names of the bits as ipvsadm prints them for a scheduler. */
export function flagNames(server: FakeVirtualServer): string {
  const named = server.scheduler === "sh" || server.scheduler === "mh";
  const names = named
    ? [`${server.scheduler}-fallback`, `${server.scheduler}-port`, "flag-3"]
    : ["flag-1", "flag-2", "flag-3"];
  return names.filter((_, bit) => server.flagBits & (1 << bit)).join(",");
}

const SERVICE_OPTIONS: Readonly<Record<string, string>> = {
  "-t": "06",
  "-u": "11",
  "--sctp-service": "84",
};

/** What names a virtual server, parsed. */
export interface FakeServiceName {
  readonly key: string;
  readonly sortKey: string;
  readonly family: "inet" | "inet6";
  readonly port: number | undefined;
}

/** Reads "host:port" or "[host]:port"; undefined when ipvsadm would not. */
export function readSocket(text: string): {
  readonly text: string;
  readonly sortKey: string;
  readonly family: "inet" | "inet6";
  readonly port: number;
} | undefined {
  const colon = text.lastIndexOf(":");
  const portText = text.slice(colon + 1);
  const port = Number(portText);
  if (colon < 0 || !/^\d+$/.test(portText) || port > 65535) return undefined;
  let host = text.slice(0, colon);
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1);
  else if (host.includes(":")) return undefined;
  const address = readAddress(host);
  if (address === undefined) return undefined;
  const shown = address.family === "inet" ? address.text : `[${address.text}]`;
  return {
    text: `${shown}:${port}`,
    sortKey: address.sortKey + port.toString(16).padStart(4, "0"),
    family: address.family,
    port,
  };
}

/** Reads the options that name a virtual server by address. */
export function readServiceName(
  option: string,
  value: string,
): FakeServiceName | undefined {
  const socket = readSocket(value);
  if (socket === undefined) return undefined;
  const family = socket.family === "inet" ? "02" : "0a";
  return {
    key: `${option} ${socket.text}`,
    sortKey: `0 ${family} ${SERVICE_OPTIONS[option]} ${socket.sortKey}`,
    family: socket.family,
    port: socket.port,
  };
}

/** Reads `-f MARK`, with `-6` or without. */
export function readMarkName(
  value: string,
  family: "inet" | "inet6",
): FakeServiceName | undefined {
  const mark = Number(value);
  if (!/^\d+$/.test(value) || mark < 1 || mark > 0xffff_ffff) return undefined;
  return {
    key: family === "inet" ? `-f ${mark}` : `-f ${mark} -6`,
    sortKey: `1 ${mark.toString(16).padStart(8, "0")} ${family}`,
    family,
    port: undefined,
  };
}

/** Sorts as ipvsadm sorts its output. */
export function sorted<Item extends { readonly sortKey: string }>(
  items: Iterable<Item>,
): Item[] {
  return [...items].sort((a, b) =>
    a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0
  );
}
