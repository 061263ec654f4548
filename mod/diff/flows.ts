import type { IpAddress } from "#model";
import {
  type RealServerKey,
  realServerKey,
  type VirtualServerKey,
} from "#plan";
import type { FlowView } from "./flow_view.ts";
import type { IpvsOperation } from "./types.ts";

/** Tracked connections that lead where nobody answers any more. */
export interface StaleFlow {
  /** Protocol; TCP resets by itself and is left to do so. */
  readonly protocol: "udp" | "sctp";
  /** Address that the client sends to. */
  readonly address: IpAddress;
  /** Port that the client sends to. */
  readonly port: number;
  /**
   * Only those answered by this real server, or by the frontend itself, which
   * nothing has translated; absent: all.
   */
  readonly realServer?: RealServerKey;
}

/**
 * The tracked connections that operations make stale:
 *
 * - those to a real server that goes
 * - all of a frontend whose virtual server goes; where another virtual server
 *   of the same frontend goes on serving, those of the one that goes alone
 * - of a virtual server that comes, those that its own address answers: made
 *   while nothing translated them, they would stay untranslated. What it has
 *   translated since it came stays. Where others took the one that we had, all:
 *   nobody knows what real servers it had by then
 */
export function staleFlows(
  operations: readonly IpvsOperation[],
  view: FlowView,
): StaleFlow[] {
  const flows = new Map<string, StaleFlow>();
  for (const operation of operations) {
    for (const flow of flowsOf(operation, view)) {
      const { protocol, address, port, realServer = "" } = flow;
      flows.set(`${protocol} ${address} ${port} ${realServer}`, flow);
    }
  }
  return [...flows.values()].filter(({ protocol, address, port, realServer }) =>
    realServer === undefined || !flows.has(`${protocol} ${address} ${port} `)
  );
}

/** The tracked connections of virtual servers that are gone. */
export function flowsLeftBy(
  keys: readonly VirtualServerKey[],
  view: FlowView,
): StaleFlow[] {
  const gone = keys.map((key) => ({ verb: "delete-service", key }) as const);
  return staleFlows(gone, view);
}

function flowsOf(operation: IpvsOperation, view: FlowView): StaleFlow[] {
  const key = serverOf(operation);
  if (key === undefined) return [];
  const frontend = view.frontendOf(key);
  if (frontend === undefined) return [];
  const { protocol, address, port } = frontend;
  if (protocol === "tcp") return [];
  const all: StaleFlow = { protocol, address, port };
  const ofRealServer = (realServer: RealServerKey): StaleFlow => ({
    ...all,
    realServer,
  });
  if (operation.verb === "delete-server") {
    return [ofRealServer(operation.realServerKey)];
  }
  if (operation.verb === "add-service") {
    return view.wasTaken(key) && !view.isServedOtherwise(key)
      ? [all]
      : [ofRealServer(realServerKey(address, port))];
  }
  return view.isServedOtherwise(key)
    ? [...view.realServersOf(key)].map(ofRealServer)
    : [all];
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
