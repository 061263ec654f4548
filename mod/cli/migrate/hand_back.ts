import {
  countOpenFrom,
  createHost,
  type IpvsConnection,
  isOpen,
  listIpvsConnections,
} from "#apply";
import type { Ownership } from "#diff";
import { type Cidr, familyOf, type IpAddress, type IpFamily } from "#model";
import { virtualServerKey } from "#plan";
import type { Seen } from "../cleanup/types.ts";
import { oldFrontends } from "./found.ts";
import type { MigrateHost, Outcome } from "./types.ts";
import { refuseUnserved, ROLLBACK_AGAIN } from "./unserved.ts";

/** How long connections of this node are waited for. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 500;

/** What handing back works with. */
export interface HandingBack {
  /** What is there. */
  readonly seen: Seen;
  /** The machine. */
  readonly host: MigrateHost;
  /** What is ours. */
  readonly ownership: Ownership;
  /** Goes on although connections end. */
  readonly force: boolean;
}

/**
 * kube-proxy serves in iptables mode again: all of ours goes. New connections
 * are translated before they reach IPVS; those that go through it would end
 * with their virtual server, so that they are waited for.
 *
 * A connection of this node itself has the Service's own address for its
 * source, as long as that is local: it would fall silent when the address
 * goes. So a route keeps each of them local, with the node's address as source
 * for new connections, until the old ones have ended.
 */
export async function handBack(
  { seen, host, ownership, force }: HandingBack,
  sweepOurs: () => Promise<Outcome>,
): Promise<Outcome> {
  const refusal = refuseUnserved({ seen, ownership }, servedBy(seen));
  if (refusal !== undefined) return refusal;
  const through = await connectionsThrough(host, ownership);
  const open = through.filter((one) => one.protocol !== "udp" && isOpen(one));
  if (open.length > 0 && !force) {
    return {
      done: [],
      problems: [
        `${open.length} connections still go through the agent's virtual ` +
        `servers (${nameConnection(open[0])}) and would end with them`,
      ],
      next: "kube-proxy serves all new ones: wait until these have ended, " +
        `${ROLLBACK_AGAIN}, or give --force`,
    };
  }
  await forget(host, through);
  await keepLocal(host, [...ownership.addresses()]);
  const swept = await sweepOurs();
  const finished = await finishHandingBack(host, { force });
  return {
    done: [...swept.done, ...finished.done],
    problems: [...swept.problems, ...finished.problems],
    ...(finished.next === undefined ? {} : { next: finished.next }),
  };
}

/**
 * Takes the routes away that kept addresses local, once no connection of this
 * node needs them.
 */
export async function finishHandingBack(
  { runner, sleep }: MigrateHost,
  { force }: Pick<HandingBack, "force">,
): Promise<Outcome> {
  const { routes } = createHost(runner, "legacy");
  const kept = await routes.list(["ipv4", "ipv6"]);
  const addresses = new Set(
    kept.map(({ cidr }) => cidr.replace(/\/(?:32|128)$/, "") as IpAddress),
  );
  const count = async (): Promise<number> => {
    let open = 0;
    for (const family of ["ipv4", "ipv6"] as const) {
      if (![...addresses].some((one) => familyOf(one) === family)) continue;
      open += await countOpenFrom(runner, family, addresses);
    }
    return open;
  };
  let open = await count();
  for (let ms = 0; open > 0 && ms < PATIENCE_MS; ms += PAUSE_MS) {
    await sleep(PAUSE_MS);
    open = await count();
  }
  if (open > 0 && !force) {
    return {
      done: [],
      problems: [
        `${open} connections of this node itself still have a Service's ` +
        `address for their source; ${kept.length} local routes stay for them`,
      ],
      next: "they began before kube-proxy's addresses were gone: wait until " +
        `they have ended or restart their programs, ${ROLLBACK_AGAIN}, or give --force`,
    };
  }
  await routes.restore({ add: [], delete: kept });
  return { done: [], problems: [] };
}

/** Tells which virtual servers the rules of iptables mode stand in for. */
function servedBy(seen: Seen): Parameters<typeof refuseUnserved>[1] {
  const sockets = new Set<string>();
  const nodePorts = new Set<string>();
  for (const { protocol, address, port } of oldFrontends(seen)) {
    if (address === undefined) nodePorts.add(`${protocol} ${port}`);
    else sockets.add(virtualServerKey(protocol, address, port));
  }
  return (key, { protocol, address, port }) =>
    sockets.has(key) ||
    seen.hostAddresses.has(address) && nodePorts.has(`${protocol} ${port}`);
}

/** Connections through virtual servers of ours. */
async function connectionsThrough(
  { runner }: MigrateHost,
  ownership: Ownership,
): Promise<readonly IpvsConnection[]> {
  const all = await listIpvsConnections(runner);
  return all.filter(({ protocol, address, port }) =>
    ownership.hasServer(virtualServerKey(protocol, address, port)) ||
    ownership.hasAddress(address)
  );
}

function nameConnection(connection: IpvsConnection | undefined): string {
  if (connection === undefined) return "";
  const { client, address, port, state } = connection;
  return `${client} to ${address} port ${port}, ${state}`;
}

async function keepLocal(
  { runner }: MigrateHost,
  addresses: readonly IpAddress[],
): Promise<void> {
  const source = await sourceOfDefaultRoute(runner);
  const host = createHost(runner, "legacy");
  const add = addresses.flatMap((address) => {
    const family: IpFamily = familyOf(address);
    const cidr = `${address}/${family === "ipv4" ? 32 : 128}` as Cidr;
    if (family === "ipv6") return [{ cidr }];
    // Without a source the kernel would go on to choose the address itself.
    return source === undefined ? [] : [{ cidr, source }];
  });
  await host.routes.restore({ add, delete: [] });
}

/** The node's address towards others, of IPv4; undefined: there is none. */
async function sourceOfDefaultRoute(
  runner: MigrateHost["runner"],
): Promise<IpAddress | undefined> {
  // TEST-NET-1 (RFC 5737): a route, but no packet, goes there.
  const argv = ["ip", "-json", "route", "get", "192.0.2.1"] as const;
  const { code, stdout } = await runner.run(argv);
  if (code !== 0) return undefined;
  const [route] = JSON.parse(stdout) as readonly { prefsrc?: IpAddress }[];
  return route?.prefsrc;
}

/**
 * Deletes what tracking knows of flows without connections that go through
 * IPVS: only the first packet of a flow meets the rules, so that the next one
 * is translated by kube-proxy's, and none is lost.
 */
async function forget(
  { runner }: MigrateHost,
  through: readonly IpvsConnection[],
): Promise<void> {
  const { conntrack } = createHost(runner, "legacy");
  await conntrack.delete(
    through.flatMap(({ protocol, client, clientPort, address, port }) =>
      protocol === "udp" || protocol === "sctp"
        ? [{
          ...{ protocol, address, port },
          client: { address: client, port: clientPort },
        }]
        : []
    ),
  );
}
