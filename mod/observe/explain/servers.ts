import type { ObservedTable } from "#apply";
import type { IpAddress } from "#model";
import {
  markKey,
  type RealServerKey,
  type VirtualServerKey,
  virtualServerKey,
} from "#plan";
import type { PacketState } from "./state.ts";
import type { FoundServer } from "./types.ts";

/** A real server that may be chosen. */
export interface Candidate {
  /** Address and port. */
  readonly key: RealServerKey;
  /** Its address. */
  readonly address: IpAddress;
  /** Its port. */
  readonly port: number;
  /** Its share. */
  readonly weight: number;
}

/** The virtual server of a packet. */
export interface ServerFound {
  /** What is told of it. */
  readonly found: FoundServer;
  /** Real servers that it may choose for a new connection. */
  readonly candidates: readonly Candidate[];
}

/**
 * Looks a packet up as IPVS does: by the whole mark, then by address and port,
 * then by address alone where a persistent virtual server has all ports.
 */
export function findServer(
  { family, protocol, target, port, mark }: PacketState,
  servers: ObservedTable,
): ServerFound | undefined {
  if (mark !== 0) {
    const byMark = serverOf(markKey(mark, family), "mark", servers);
    if (byMark !== undefined) return withPort(byMark, port);
  }
  const byPort = serverOf(
    virtualServerKey(protocol, target, port),
    "address",
    servers,
  );
  if (byPort !== undefined) return byPort;
  const all = serverOf(
    virtualServerKey(protocol, target, 0),
    "address",
    servers,
  );
  const isPersistent = all?.found.persistenceTimeoutSeconds !== undefined;
  return isPersistent ? withPort(all, port) : undefined;
}

function serverOf(
  key: VirtualServerKey,
  by: FoundServer["by"],
  servers: ObservedTable,
): ServerFound | undefined {
  const server = servers.get(key);
  if (server === undefined) return undefined;
  const { scheduler, persistenceTimeoutSeconds } = server;
  const usable = [...server.realServers.values()].filter(({ weight }) =>
    weight > 0
  );
  // "fo" gives all to the heaviest.
  const heaviest = Math.max(...usable.map(({ weight }) => weight));
  const chosen = scheduler === "fo"
    ? usable.filter(({ weight }) => weight === heaviest)
    : usable;
  return {
    found: {
      ...{ key, by, scheduler },
      ...(persistenceTimeoutSeconds === undefined
        ? {}
        : { persistenceTimeoutSeconds }),
    },
    candidates: chosen.map(({ key, weight }) => ({
      ...{ key, weight },
      ...socketOf(key),
    })),
  };
}

/** Where a real server's port is 0, the one that was asked for is kept. */
function withPort(server: ServerFound, port: number): ServerFound {
  return {
    ...server,
    candidates: server.candidates.map((one) =>
      one.port === 0 ? { ...one, port } : one
    ),
  };
}

function socketOf(
  key: RealServerKey,
): { readonly address: IpAddress; readonly port: number } {
  const colon = key.lastIndexOf(":");
  return {
    address: key.slice(0, colon).replace(/^\[|\]$/g, "") as IpAddress,
    port: Number(key.slice(colon + 1)),
  };
}
