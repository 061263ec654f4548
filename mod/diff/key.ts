import type { IpAddress, Protocol } from "#model";
import type { FrontendKey, VirtualServerKey } from "#plan";

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ["-t", "tcp"],
  ["-u", "udp"],
  ["--sctp-service", "sctp"],
]);

/** Protocol, address and port of a virtual server; undefined: by mark. */
export interface ParsedServerKey {
  /** Protocol. */
  readonly protocol: Protocol;
  /** Address. */
  readonly address: IpAddress;
  /** Port. */
  readonly port: number;
}

/** Takes a plain virtual server key apart; undefined: it is by mark. */
export function parseServerKey(
  key: VirtualServerKey,
): ParsedServerKey | undefined {
  const [flag = "", socket = ""] = key.split(" ");
  const protocol = PROTOCOLS.get(flag);
  if (protocol === undefined) return undefined;
  const colon = socket.lastIndexOf(":");
  const address = socket.slice(0, colon).replace(/^\[|\]$/g, "") as IpAddress;
  return { protocol, address, port: Number(socket.slice(colon + 1)) };
}

/** The frontend that a plain virtual server key serves. */
export function frontendOfKey(key: VirtualServerKey): FrontendKey | undefined {
  const [flag = "", socket = ""] = key.split(" ");
  const protocol = PROTOCOLS.get(flag);
  return protocol && `${protocol}/${socket}` as FrontendKey;
}

/** Takes a frontend key apart. */
export function parseFrontendKey(key: FrontendKey): ParsedServerKey {
  const slash = key.indexOf("/");
  const colon = key.lastIndexOf(":");
  return {
    protocol: key.slice(0, slash) as Protocol,
    address: key.slice(slash + 1, colon).replace(/^\[|\]$/g, "") as IpAddress,
    port: Number(key.slice(colon + 1)),
  };
}
