import type { AgentObserver } from "#agent";
import type { ServicePlan } from "#plan";
import { getLogger } from "@std/log";
import { textual, type ValueKind } from "./value_kinds.ts";

/** Ports, both ends included. */
export interface PortRange {
  /** The first. */
  readonly from: number;
  /** The last. */
  readonly to: number;
}

/** The API server's own default. */
export const DEFAULT_NODE_PORTS: PortRange = { from: 30_000, to: 32_767 };

/** Ports below it are for the host's daemons. */
const FIRST_PORT = 1_024;
const LAST_PORT = 65_535;
/** Fewer ports could not tell the node's connections to one endpoint apart. */
const LEAST_PORTS = 8_192;

/**
 * Reads "30000-32767"; undefined when it is no range of ports, or leaves too
 * few beside it.
 */
export function parsePortRange(text: string): PortRange | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const range = { from: Number(match[1]), to: Number(match[2]) };
  const isRange = range.from >= 1 && range.from <= range.to &&
    range.to <= LAST_PORT;
  if (!isRange) return undefined;
  const { from, to } = portsBeside(range);
  return to - from + 1 >= LEAST_PORTS ? range : undefined;
}

/** A range of node ports, as the API server's flag has it. */
export const PORT_RANGE: ValueKind = textual(
  `two ports such as "30000-32767", which leave ${LEAST_PORTS} beside them`,
  (text) => parsePortRange(text) !== undefined,
);

/**
 * Ports that masqueraded connections leave from: below the node ports where
 * there is room, away from those that the host itself connects from, else
 * above. A reply to a node port would meet its virtual server.
 */
export function portsBeside({ from, to }: PortRange): PortRange {
  const below = { from: FIRST_PORT, to: from - 1 };
  const above = { from: Math.max(FIRST_PORT, to + 1), to: LAST_PORT };
  return below.to - below.from >= LEAST_PORTS ? below : above;
}

/** Warns once when a Service has a node port that the range does not have. */
export function nodePortGuard(range: PortRange): AgentObserver {
  let isSaid = false;
  return {
    planned(service, plan) {
      const port = isSaid ? undefined : outsidePort(plan, range);
      if (port === undefined) return;
      isSaid = true;
      getLogger("cli").warn(
        "a node port is outside of --node-port-range: masqueraded connections " +
          "of this node may leave from it, and get no answers; give the range " +
          "that the API server has",
        { service, port, range: `${range.from}-${range.to}` },
      );
    },
  };
}

function outsidePort(
  plan: ServicePlan | undefined,
  { from, to }: PortRange,
): number | undefined {
  return plan?.frontends.find(({ kind, port }) =>
    kind === "node-port" && (port < from || port > to)
  )?.port;
}
