import type {
  IpvsOperation,
  ObservedRealServer,
  ObservedVirtualServer,
} from "#diff";
import type {
  RealServer,
  RealServerKey,
  VirtualServer,
  VirtualServerKey,
} from "#plan";
import {
  safeNumber,
  safeRealServer,
  safeVirtualServer,
  safeWord,
} from "./safe_text.ts";

/** One operation as one line of `ipvsadm --restore`. */
export function formatIpvsOperation(operation: IpvsOperation): string {
  switch (operation.verb) {
    case "add-service":
      return `-A ${formatService(operation.server)}`;
    case "edit-service":
      return `-E ${formatService(operation.server)}`;
    case "delete-service":
      return `-D ${safeVirtualServer(operation.key)}`;
    case "add-server":
    case "edit-server": {
      const option = operation.verb === "add-server" ? "-a" : "-e";
      const { key, weight } = operation.realServer;
      return `${option} ${safeVirtualServer(operation.key)} ` +
        `-r ${safeRealServer(key)} -m -w ${formatWeight(weight)}`;
    }
    case "delete-server":
      return `-d ${safeVirtualServer(operation.key)} ` +
        `-r ${safeRealServer(operation.realServerKey)}`;
  }
  operation satisfies never;
  throw new TypeError("Cannot format an unknown operation");
}

function formatWeight(weight: number): string {
  return safeNumber("a weight", weight, { least: 0, most: 65535 });
}

/** A virtual server, desired or observed. */
export type AnyVirtualServer = VirtualServer | ObservedVirtualServer;

/** Options of the kernel that are no scheduler flags, as listed. */
const OWN_OPTION = /^(?:ops$|mask |pe )/;

function formatService(server: AnyVirtualServer): string {
  const flags = "flags" in server ? server.flags : server.schedulerFlags;
  const timeout = server.persistenceTimeoutSeconds;
  let text = safeVirtualServer(server.key);
  text += ` -s ${safeWord("a scheduler", server.scheduler)}`;
  if (timeout !== undefined) {
    const range = { least: 1, most: 31 * 24 * 3600 };
    text += ` -p ${safeNumber("a persistence timeout", timeout, range)}`;
  }
  const mask = flags.find((flag) => flag.startsWith("mask "))?.slice(5);
  if (mask !== undefined) text += ` -M ${safeWord("a netmask", mask)}`;
  const engine = flags.find((flag) => flag.startsWith("pe "))?.slice(3);
  if (engine !== undefined) text += ` --pe ${safeWord("an engine", engine)}`;
  if ((flags as readonly string[]).includes("ops")) text += " -o";
  const named = flags.filter((flag) => !OWN_OPTION.test(flag));
  if (named.length > 0) text += ` -b ${safeWord("flags", named.join(","))}`;
  return text;
}

const FORWARDING_OPTIONS = {
  masquerading: "-m",
  local: "-m",
  gatewaying: "-g",
  ipip: "-i",
} as const;

/**
 * A table in the syntax and the order of `ipvsadm --save --numeric`; a real
 * server on a local address is written as it was asked for, masquerading.
 */
export function formatIpvsSave(
  table: ReadonlyMap<VirtualServerKey, AnyVirtualServer>,
): string {
  const servers = [...table.values()].map((server) => ({
    server,
    order: virtualServerOrder(server.key),
  }));
  servers.sort((a, b) => compare(a.order, b.order));
  return servers.map(({ server }) => formatServer(server)).join("");
}

function formatServer(server: AnyVirtualServer): string {
  const key = safeVirtualServer(server.key);
  let text = `-A ${formatService(server)}\n`;
  const realServers: Iterable<RealServer | ObservedRealServer> = server
    .realServers.values();
  const reals = [...realServers].map((real) => ({
    real,
    order: realServerOrder(real.key),
  }));
  reals.sort((a, b) => compare(a.order, b.order));
  for (const { real } of reals) {
    const method = "forwardingMethod" in real
      ? FORWARDING_OPTIONS[real.forwardingMethod]
      : "-m";
    text += `-a ${key} -r ${safeRealServer(real.key)} ${method} ` +
      `-w ${safeNumber("a weight", real.weight, WEIGHTS)}` +
      `${method === "-i" ? " --tun-type ipip" : ""}\n`;
  }
  return text;
}

/** The kernel holds weights of foreigners that we would never ask for. */
const WEIGHTS = { least: 0, most: 0x7fff_ffff };

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const PROTOCOL_ORDER: Readonly<Record<string, string>> = {
  "-t": "a",
  "-u": "b",
  "--sctp-service": "c",
};

/** Sorts as ipvsadm does: marks last; family, protocol, address, port. */
function virtualServerOrder(key: VirtualServerKey): string {
  const [option = "", name = "", six] = key.split(" ");
  if (option === "-f") {
    return `9${name.padStart(10, "0")}${six === undefined ? "" : "6"}`;
  }
  const family = name.startsWith("[") ? "6" : "4";
  return family + PROTOCOL_ORDER[option] + socketOrder(name);
}

function realServerOrder(key: RealServerKey): string {
  return socketOrder(key);
}

/** Address and port as hexadecimal of fixed width. */
function socketOrder(text: string): string {
  const colon = text.lastIndexOf(":");
  const port = hex(Number(text.slice(colon + 1)), 4);
  const host = text.slice(0, colon);
  if (!host.startsWith("[")) {
    return `4${
      host.split(".").map((byte) => hex(Number(byte), 2)).join("")
    }${port}`;
  }
  const [head = "", tail] = host.slice(1, -1).split("::");
  const first = groups(head);
  const last = groups(tail ?? "");
  const zeros = "0000".repeat(Math.max(0, 8 - first.length - last.length));
  return `6${first.join("")}${zeros}${last.join("")}${port}`;
}

function groups(text: string): string[] {
  return text === "" ? [] : text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [group.padStart(4, "0")];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [hex(a * 256 + b, 4), hex(c * 256 + d, 4)];
  });
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}
