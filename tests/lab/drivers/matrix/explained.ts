/**
 * What the tracer says of a row, from the tables of the node that takes it,
 * against what was seen on the wire.
 *
 * @module
 */

import { createHost } from "../../../../mod/apply/mod.ts";
import type { CommandRunner } from "../../../../mod/apply/mod.ts";
import {
  type KernelTables,
  type Packet,
  readTables,
  type Trace,
  tracePacket,
} from "../../../../mod/observe/explain/mod.ts";
import type { IpAddress } from "../../../../mod/model/mod.ts";
import type { Cluster, Family, Place } from "../../guest/mod.ts";
import { addressIn } from "./judge.ts";
import type { Row } from "./table.ts";

/** A row as it was tried. */
export interface Tried {
  /** The row. */
  readonly row: Row;
  /** By which protocol. */
  readonly protocol: Packet["protocol"];
  /** In which family. */
  readonly family: Family;
  /** Address that was dialled. */
  readonly address: string;
  /** Port that was dialled. */
  readonly port: number;
  /** What was seen. */
  readonly outcomes: readonly string[];
}

/** All that comparing needs. */
export interface Ground {
  /** Tables by name of the node. */
  readonly tables: ReadonlyMap<string, KernelTables>;
  /** Clients by name. */
  readonly clients: ReadonlyMap<string, Place>;
  /** Roles by address. */
  readonly roles: ReadonlyMap<string, string>;
}

/** The tools of a node of the lab, behind the door that the program uses. */
function runnerOf(cluster: Cluster, node: Place): CommandRunner {
  return {
    run: (argv) => cluster.exec(node, argv),
    lines: () => {
      throw new Error("Cannot follow a program here");
    },
  };
}

/** Reads the tables of every node. */
export async function tablesOfNodes(
  cluster: Cluster,
  backEnd: "legacy" | "nft",
): Promise<ReadonlyMap<string, KernelTables>> {
  const tables = new Map<string, KernelTables>();
  for (const [name, node] of cluster.nodes) {
    const host = createHost(runnerOf(cluster, node), backEnd);
    tables.set(name, await readTables(host, ["ipv4", "ipv6"]));
  }
  return tables;
}

/** The node whose tables decide: a client's own, node-1 for the rest. */
function nodeOf({ kind, client }: Row): string {
  const isAtFirst = kind === "node-port" || client === "outside";
  return isAtFirst ? "node-1" : `node-${client.at(-1)}`;
}

/** What the tracer says of a row. */
function traceOf(tried: Tried, ground: Ground): Trace {
  const { row, protocol, family, address, port } = tried;
  const node = nodeOf(row);
  const isOwn = row.client === node;
  const place = ground.clients.get(row.client);
  const tables = ground.tables.get(node);
  if (place === undefined || tables === undefined) {
    throw new Error(`Cannot find ${row.client} or ${node}`);
  }
  return tracePacket({
    ...{ protocol, port, isOwn },
    // A node takes the VIP itself as its source.
    source: (isOwn ? address : place[family]) as IpAddress,
    address: address as IpAddress,
  }, tables);
}

/** Servers that the tracer holds possible, by name, with the sources seen. */
function possible(
  tried: Tried,
  { realServers }: Trace,
  roles: Ground["roles"],
): ReadonlyMap<string, readonly string[]> {
  const node = nodeOf(tried.row);
  const bridge = node.replace("node", "bridge");
  return new Map(realServers.map(({ realServer, masqueraded }) => {
    const name = roles.get(addressIn(realServer)) ?? realServer;
    const sources = masqueraded === undefined
      ? []
      : masqueraded
      ? [node, bridge]
      : [tried.row.client];
    return [name, sources] as const;
  }));
}

/** Whether the tracer says that this may be seen. */
function allows(
  outcome: string,
  trace: Trace,
  servers: ReadonlyMap<string, readonly string[]>,
): boolean {
  const [server = "", source = ""] = outcome.split(" as ");
  switch (trace.verdict) {
    case "served":
      return servers.get(server)?.includes(source) ?? false;
    case "dropped":
      return outcome === "dropped";
    case "host": // nothing listens there in the lab: its stack refuses
    case "refused":
      // How soon is the row's own matter: "refused after 600 ms".
      return outcome.startsWith("refused");
    default:
      return false;
  }
}

/**
 * Everything in which tracer and wire differ. What was seen must be what the
 * tracer says, in every row; and of a row's servers that it holds possible,
 * each must have been seen in some protocol or family, unless affinity keeps
 * a client at one.
 */
export function differences(
  all: readonly Tried[],
  ground: Ground,
): readonly string[] {
  const errors: string[] = [];
  const rows = new Map<Row, { possible: Set<string>; seen: Set<string> }>();
  for (const tried of all) {
    const trace = traceOf(tried, ground);
    const servers = possible(tried, trace, ground.roles);
    const wrong = tried.outcomes.filter((one) => !allows(one, trace, servers));
    const { row, protocol, family } = tried;
    const name =
      `${row.service} ${row.kind} ${row.client} ${protocol} ${family}`;
    if (wrong.length > 0) {
      errors.push(
        `${name}: saw ${wrong.join(", ")}, but explained ${trace.verdict} ` +
          `(${trace.reason}) ${JSON.stringify([...servers])}`,
      );
    }
    if (trace.doubts.length > 0) {
      errors.push(`${name}: doubts ${JSON.stringify(trace.doubts)}`);
    }
    const sides = rows.get(row) ?? { possible: new Set(), seen: new Set() };
    rows.set(row, sides);
    for (const server of servers.keys()) sides.possible.add(server);
    for (const outcome of tried.outcomes) {
      if (outcome.includes(" as ")) {
        sides.seen.add(outcome.split(" as ")[0] ?? "");
      }
    }
  }
  for (const [row, { possible, seen }] of rows) {
    if (row.service.endsWith("-client")) continue;
    const unseen = [...possible].filter((server) => !seen.has(server));
    if (unseen.length > 0) {
      errors.push(
        `${row.service} ${row.kind} ${row.client}: explained ` +
          `${unseen.join(", ")} as possible, never seen`,
      );
    }
  }
  return errors;
}
