import type { IpAddress, Protocol } from "#model";
import {
  type RealServerKey,
  realServerKey,
  type VirtualServerKey,
} from "#plan";
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
  /** Only those answered by this address and port; absent: all. */
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
 * that goes, all of a virtual server that goes, and of one that comes those
 * that its own address answers: made while nothing translated them, they would
 * stay untranslated. What it has translated since it came stays.
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
    const realServer = answererOf(operation, realServerKey(address, port));
    const flow: StaleFlow = realServer === undefined
      ? { protocol, address, port }
      : { protocol, address, port, realServer };
    flows.set(`${key} ${flow.realServer ?? ""}`, flow);
  }
  return [...flows.values()];
}

/** Who answers what is stale; undefined: it does not matter. */
function answererOf(
  operation: IpvsOperation,
  frontend: RealServerKey,
): RealServerKey | undefined {
  switch (operation.verb) {
    case "add-service":
      return frontend;
    case "delete-server":
      return operation.realServerKey;
    default:
      return undefined;
  }
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
