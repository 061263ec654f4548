import type { IpAddress, Protocol } from "#model";
import type { RealServerKey, VirtualServerKey } from "#plan";
import { parseServerKey } from "./key.ts";
import type { IpvsOperation } from "./types.ts";

/** Tracked connections that lead where nobody answers any more. */
export interface StaleFlow {
  /** Protocol; TCP resets by itself and is left to do so. */
  readonly protocol: "udp" | "sctp";
  /** Address that the client sends to. */
  readonly address: IpAddress;
  /** Port that the client sends to. */
  readonly port: number;
  /** Only those answered by this real server; absent: all. */
  readonly realServer?: RealServerKey;
}

/** Address and port that clients use for a virtual server by mark. */
export type FrontendOfMark = (key: VirtualServerKey) =>
  | {
    readonly protocol: Protocol;
    readonly address: IpAddress;
    readonly port: number;
  }
  | undefined;

/**
 * The tracked connections that operations make stale: those to a real server
 * that goes, all of a virtual server that goes, and all of one that comes
 * (made while nothing translated them, they would stay untranslated).
 */
export function staleFlows(
  operations: readonly IpvsOperation[],
  frontendOfMark: FrontendOfMark,
): StaleFlow[] {
  const flows = new Map<string, StaleFlow>();
  for (const operation of operations) {
    const key = serverOf(operation);
    if (key === undefined) continue;
    const frontend = parseServerKey(key) ?? frontendOfMark(key);
    if (frontend === undefined) continue;
    const { protocol, address, port } = frontend;
    if (protocol === "tcp") continue;
    const flow: StaleFlow = operation.verb === "delete-server"
      ? { protocol, address, port, realServer: operation.realServerKey }
      : { protocol, address, port };
    flows.set(`${key} ${flow.realServer ?? ""}`, flow);
  }
  return [...flows.values()];
}

function serverOf(operation: IpvsOperation): VirtualServerKey | undefined {
  switch (operation.verb) {
    case "add-service":
      return operation.server.key;
    case "delete-service":
    case "delete-server":
      return operation.key;
    default:
      return undefined;
  }
}
