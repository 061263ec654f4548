import {
  type ObservedRealServer,
  type ObservedVirtualServer,
  packObserved,
} from "#diff";
import type { RealServerKey, VirtualServerKey } from "#plan";

const NO_REAL_SERVERS: ObservedVirtualServer["realServers"] = new Map();

/** A table as it was listed. */
export type ObservedTable = Map<VirtualServerKey, ObservedVirtualServer>;

const SERVICE_OPTIONS: Readonly<Record<string, string>> = {
  TCP: "-t",
  UDP: "-u",
  SCTP: "--sctp-service",
};
const SERVICE_LINE =
  /^(TCP|UDP|SCTP|FWM) +(\S+)( IPv6)? ([\w-]+)(?: \(([^)]*)\))?(.*)$/;
const REAL_LINE = /^ {2}-> (\S+) +([A-Za-z]+) +(-?\d+) +(\d+) +(\d+) *$/;
const HEADING =
  /^(?:IP Virtual Server version|Prot LocalAddress| {2}-> Remote)/;

const FORWARDING: Readonly<
  Record<string, ObservedRealServer["forwardingMethod"]>
> = {
  Masq: "masquerading",
  Route: "gatewaying",
  Tunnel: "ipip",
  Local: "local",
};

/**
 * Reads `ipvsadm --list --numeric --exact`, the only output that has
 * connections, of all virtual servers or of one.
 *
 * @throws {SyntaxError} at a line that no known ipvsadm prints
 */
export function parseIpvsList(text: string): ObservedTable {
  const table: ObservedTable = new Map();
  let server: ObservedVirtualServer | undefined;
  let reals: ObservedRealServer[] = [];
  const finish = (): void => {
    if (server === undefined) return;
    table.set(server.key, { ...server, realServers: packObserved(reals) });
    reals = [];
  };
  for (let end = -1; end < text.length;) {
    const start = end + 1;
    end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    if (start === end) continue;
    const line = text.slice(start, end);
    if (line.startsWith("  -> ") && server !== undefined) {
      reals.push(parseRealLine(line));
    } else if (!HEADING.test(line)) {
      finish();
      server = parseServiceLine(line);
    }
  }
  finish();
  return table;
}

function unreadable(line: string): never {
  throw new SyntaxError(
    `Cannot read ipvsadm's output: unknown line ${JSON.stringify(line)}`,
  );
}

function parseRealLine(line: string): ObservedRealServer {
  const match = REAL_LINE.exec(line);
  const forwardingMethod = FORWARDING[match?.[2] ?? ""];
  if (match === null || forwardingMethod === undefined) return unreadable(line);
  return {
    key: match[1] as RealServerKey,
    forwardingMethod,
    weight: Number(match[3]),
    activeConnections: Number(match[4]),
    inactiveConnections: Number(match[5]),
  };
}

function parseServiceLine(line: string): ObservedVirtualServer {
  const match = SERVICE_LINE.exec(line);
  if (match === null) return unreadable(line);
  const [, kind = "", name = "", six = "", scheduler = "", flags, rest = ""] =
    match;
  const key = kind === "FWM"
    ? `-f ${name}${six === "" ? "" : " -6"}`
    // Joined, for a part of the listing would keep all of it in memory.
    : [SERVICE_OPTIONS[kind], name].join(" ");
  return makeServer(key, scheduler, {
    flags: flags === undefined ? [] : flags.split(","),
    words: rest.split(" ").filter((word) => word !== ""),
    line,
  });
}

/** The words that follow the flags, of a listing or of a saved line. */
interface Rest {
  readonly flags: readonly string[];
  readonly words: readonly string[];
  readonly line: string;
}

const WORDS_WITH_VALUE = new Set(["persistent", "mask", "pe"]);

function makeServer(
  key: string,
  scheduler: string,
  rest: Rest,
): ObservedVirtualServer {
  const flags = [...rest.flags];
  let timeout: number | undefined;
  for (let i = 0; i < rest.words.length; i++) {
    const word = rest.words[i]!;
    const value = rest.words[i + 1] ?? "";
    if (word === "ops") flags.push("ops");
    else if (!WORDS_WITH_VALUE.has(word)) return unreadable(rest.line);
    else {
      if (word === "persistent") timeout = Number(value);
      else flags.push(`${word} ${value}`);
      i++;
    }
  }
  if (Number.isNaN(timeout)) return unreadable(rest.line);
  return {
    key: key as VirtualServerKey,
    scheduler,
    flags: flags.sort(),
    ...timeout === undefined ? {} : { persistenceTimeoutSeconds: timeout },
    realServers: NO_REAL_SERVERS,
  };
}

const SAVED_SERVICE = /^-A (-[tu] \S+|--sctp-service \S+|-f \d+(?: -6)?)(.*)$/;
const SAVED_REAL =
  /^-a (-[tu] \S+|--sctp-service \S+|-f \d+(?: -6)?) -r (\S+) -([mgi]) -w (\d+)(?: --tun-type ipip)?$/;
const SAVED_FORWARDING = {
  m: "masquerading",
  g: "gatewaying",
  i: "ipip",
} as const;
const SAVED_WORDS: Readonly<Record<string, string>> = {
  "-p": "persistent",
  "-M": "mask",
  "--pe": "pe",
  "-o": "ops",
};

/**
 * Reads `ipvsadm --save --numeric`, the inverse of `formatIpvsSave`. It has no
 * connections: they count as none.
 *
 * @throws {SyntaxError} at a line that no known ipvsadm prints
 */
export function parseIpvsSave(text: string): ObservedTable {
  const table: ObservedTable = new Map();
  const reals = new Map<VirtualServerKey, ObservedRealServer[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("-A ")) {
      const server = parseSavedService(line);
      table.set(server.key, server);
      continue;
    }
    const match = SAVED_REAL.exec(line);
    const server = match?.[1] as VirtualServerKey;
    if (match === null || !table.has(server)) return unreadable(line);
    const own = reals.get(server) ?? [];
    reals.set(server, own);
    own.push({
      key: match[2] as RealServerKey,
      forwardingMethod: SAVED_FORWARDING[match[3] as "m" | "g" | "i"],
      weight: Number(match[4]),
      activeConnections: 0,
      inactiveConnections: 0,
    });
  }
  for (const [key, server] of table) {
    const realServers = packObserved(reals.get(key) ?? []);
    table.set(key, { ...server, realServers });
  }
  return table;
}

function parseSavedService(line: string): ObservedVirtualServer {
  const match = SAVED_SERVICE.exec(line);
  if (match === null) return unreadable(line);
  const words = match[2]!.split(" ").filter((word) => word !== "");
  let scheduler = "";
  let flags: readonly string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "-s") scheduler = words[++i] ?? "";
    else if (word === "-b") flags = (words[++i] ?? "").split(",");
    else rest.push(SAVED_WORDS[word] ?? word);
  }
  if (scheduler === "") return unreadable(line);
  return makeServer(match[1]!, scheduler, { flags, words: rest, line });
}
