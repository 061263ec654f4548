import { readAddress } from "./addresses.ts";

/** A real server in the fake kernel. */
export interface FakeRealServer {
  readonly text: string;
  readonly sortKey: number | string;
  readonly forwarding: "m" | "g" | "i";
  weight: number;
  active: number;
  inactive: number;
  /** Connections, packets in and out, bytes in and out; absent: none. */
  traffic?: readonly [number, number, number, number, number];
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

/** An address and a port, parsed. */
export interface FakeSocket {
  readonly text: string;
  /** A number for IPv4: most lines of a large batch are that. */
  readonly sortKey: number | string;
  readonly family: "inet" | "inet6";
  readonly port: number;
}

/** Reads "host:port" or "[host]:port"; undefined when ipvsadm would not. */
export function readSocket(text: string): FakeSocket | undefined {
  return text.startsWith("[") ? readSocketV6(text) : readSocketV4(text);
}

function readSocketV6(text: string): FakeSocket | undefined {
  const match = /^\[([^\]]+)\]:(\d{1,5})$/.exec(text);
  const address = match === null ? undefined : readAddress(match[1]!);
  const port = Number(match?.[2]);
  if (address?.family !== "inet6" || port > 65535) return undefined;
  const sortKey = address.sortKey + port.toString(16).padStart(4, "0");
  return { text: `[${address.text}]:${port}`, sortKey, family: "inet6", port };
}

const DOT = 46;
const COLON = 58;

/** By hand, one character at a time: a large table is read in a blink. */
function readSocketV4(text: string): FakeSocket | undefined {
  let address = 0;
  let part = 0;
  let digits = 0;
  let separators = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT || code === COLON) {
      if (digits === 0 || part > 255) return undefined;
      separators++;
      if ((code === COLON) !== (separators === 4)) return undefined;
      address = address * 256 + part;
      part = 0;
      digits = 0;
    } else if (code < 48 || code > 57) return undefined;
    else {
      part = part * 10 + code - 48;
      digits++;
    }
  }
  if (separators !== 4 || digits === 0 || part > 65535) return undefined;
  return { text, sortKey: address * 65536 + part, family: "inet", port: part };
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
    sortKey: `0 ${family} ${SERVICE_OPTIONS[option]} ${
      typeof socket.sortKey === "string"
        ? socket.sortKey
        : socket.sortKey.toString(16).padStart(12, "0")
    }`,
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
export function sorted<Item extends { readonly sortKey: number | string }>(
  items: Iterable<Item>,
): Item[] {
  const list = [...items];
  for (let i = 1; i < list.length; i++) {
    if (bySortKey(list[i - 1]!, list[i]!) > 0) return list.sort(bySortKey);
  }
  return list;
}

function bySortKey(
  { sortKey: a }: { readonly sortKey: number | string },
  { sortKey: b }: { readonly sortKey: number | string },
): number {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}
