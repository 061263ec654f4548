import {
  type CommandRunner,
  createHost,
  deviceTo,
  findIptablesBackEnd,
  type Host,
  type IptablesBackEnd,
} from "#apply";
import { CHAIN_PREFIX, countRules } from "#plan";
import { familyOf, type IpAddress, type IpFamily, type Protocol } from "#model";
import {
  deviceOf,
  isLocal,
  type KernelTables,
  type Packet,
  readTables,
  type Trace,
  tracePacket,
} from "#observe";
import { DryRunner } from "./dry_run.ts";

/** What is to be explained. */
export interface ExplainRequest {
  /** Who asks: an address, this node, or somebody of no network here. */
  readonly client: IpAddress | "node" | "outside";
  /** The address that is asked for. */
  readonly address: IpAddress;
  /** The port that is asked for. */
  readonly port: number;
  /** By which protocol. */
  readonly protocol: Protocol;
  /** Device by which it comes; absent: by which the client is reached. */
  readonly device?: string;
}

/** What happens, and what else sees the packet. */
export interface Explanation extends Trace {
  /** Back end whose rules were followed. */
  readonly backEnd: IptablesBackEnd;
  /** What is to be known beside, a sentence each. */
  readonly notes: readonly string[];
}

/** Addresses of no network, kept for documents (RFC 5737, RFC 3849). */
const OUTSIDE: Readonly<Record<IpFamily, IpAddress>> = {
  ipv4: "203.0.113.1" as IpAddress,
  ipv6: "2001:db8::1" as IpAddress,
};

/** Reads the kernel's tables and follows a packet through them. */
export async function explain(
  request: ExplainRequest,
  runner: CommandRunner,
): Promise<Explanation> {
  const family = familyOf(request.address);
  // Where there is no rule at all, only a write would tell them apart.
  const reading = new DryRunner(runner, () => {});
  const { backEnd } = await findIptablesBackEnd(reading);
  const tables = await readTables(createHost(runner, backEnd), [family]);
  const packet = await packetOf(request, tables, runner);
  const notes = [
    ...noteOfRules(tables, backEnd, family),
    ...noteOfClient(request, packet),
    ...await noteOfOtherBackEnd(runner, backEnd, family),
    ...await noteOfNftTables(runner, family),
  ];
  return { ...tracePacket(packet, tables), backEnd, notes };
}

async function packetOf(
  { client, address, port, protocol, device }: ExplainRequest,
  tables: KernelTables,
  runner: CommandRunner,
): Promise<Packet> {
  const source = client === "node"
    ? sourceOfNode(address, tables)
    : client === "outside"
    ? OUTSIDE[familyOf(address)]
    : client;
  const isOwn = client === "node" || isLocal(source, tables);
  const packet = { protocol, source, address, port, isOwn };
  if (isOwn) return packet;
  const by = device ?? await deviceTo(runner, source);
  return by === undefined ? packet : { ...packet, device: by };
}

/** The source that the kernel gives the node's own packet to an address. */
function sourceOfNode(
  address: IpAddress,
  tables: KernelTables,
): IpAddress {
  if (deviceOf(address, tables) !== undefined) return address;
  if (isLocal(address, tables)) {
    return tables.routes.find(({ source }) => source !== undefined)?.source ??
      address;
  }
  const family = familyOf(address);
  for (const of of tables.addresses.values()) {
    for (const own of of) {
      const isFit = familyOf(own) === family && own !== "::1" &&
        !own.startsWith("127.");
      if (isFit) return own;
    }
  }
  return address;
}

/** Who is served by another program would take this answer for its own. */
function noteOfRules(
  { rules }: KernelTables,
  backEnd: IptablesBackEnd,
  family: IpFamily,
): readonly string[] {
  const tables = [...rules.get(family)?.values() ?? []];
  const isThere = tables.some(({ chains }) =>
    [...chains.keys()].some((chain) => chain.startsWith(CHAIN_PREFIX))
  );
  return isThere ? [] : [
    `no rule of kube-proxy run is in iptables-${backEnd}: it has not run here ` +
    "since the boot, or was cleaned up; what other proxies do is not followed",
  ];
}

function noteOfClient(
  { client, device }: ExplainRequest,
  packet: Packet,
): readonly string[] {
  if (packet.isOwn) return [];
  if (packet.device === undefined) {
    return [
      `no route leads to ${packet.source}: by which device it comes is not ` +
      "known; --in-interface tells",
    ];
  }
  const notes = client === "outside"
    ? [`"outside" is taken as ${packet.source}, an address of no network`]
    : [];
  return device !== undefined ? notes : [
    ...notes,
    `it is taken to come by ${packet.device}, where the route to ` +
    `${packet.source} leads; --in-interface names another`,
  ];
}

/** Packets pass the rules of both back ends. */
async function noteOfOtherBackEnd(
  runner: CommandRunner,
  backEnd: IptablesBackEnd,
  family: IpFamily,
): Promise<readonly string[]> {
  const other = backEnd === "nft" ? "legacy" : "nft";
  const count = await countRulesOf(createHost(runner, other), family);
  return count === 0 ? [] : [
    `iptables-${other} holds ${count} rules too, which see the packet as well; ` +
    `these were not followed`,
  ];
}

/** Tables of iptables-nft itself, whose rules were followed. */
const OF_IPTABLES = /^ip6? (?:raw|mangle|nat|filter|security)$/;

/** Programs that use nftables themselves are not seen by iptables. */
async function noteOfNftTables(
  runner: CommandRunner,
  family: IpFamily,
): Promise<readonly string[]> {
  const other = family === "ipv4" ? "ip6 " : "ip ";
  const tables = (await listNftTables(runner)).filter((name) =>
    !OF_IPTABLES.test(name) && !name.startsWith(other)
  );
  return tables.length === 0 ? [] : [
    `these tables of nftables see the packet as well, and were not followed: ` +
    tables.join(", "),
  ];
}

async function listNftTables(
  runner: CommandRunner,
): Promise<readonly string[]> {
  try {
    const { stdout } = await runner.run(["nft", "list", "tables"]);
    return stdout.split("\n").flatMap((line) =>
      /^table (\S+ \S+)/.exec(line)?.[1] ?? []
    );
  } catch {
    return []; // without nft there are none, as a rule
  }
}

async function countRulesOf(host: Host, family: IpFamily): Promise<number> {
  try {
    return countRules(await host.iptables.save(family));
  } catch {
    return 0; // that back end is not there
  }
}
