import type { IpAddress, IpFamily, Protocol } from "#model";
import { nonEmptyLines, runCommand } from "./run_command.ts";
import type { CommandRunner } from "./types.ts";

/** A connection that goes through IPVS. */
export interface IpvsConnection {
  /** Protocol. */
  readonly protocol: Protocol;
  /** The kernel's word for its state: "ESTABLISHED", "UDP". */
  readonly state: string;
  /** The client's address. */
  readonly client: IpAddress;
  /** The client's port. */
  readonly clientPort: number;
  /** Address that the client reached. */
  readonly address: IpAddress;
  /** Port that the client reached. */
  readonly port: number;
}

const CONNECTION =
  /^(TCP|UDP|SCTP) +\S+ +(\S+) +(\S+):(\d+) +(\S+):(\d+) +\S+:\d+/;
/** States in which nothing more is to come (ip_vs_proto_tcp.c, -_sctp.c). */
const OVER = /^(?:NONE|TIME_WAIT|CLOSED?|LAST_ACK|LISTEN|SHUTDOWN_\w+)$/;

/**
 * Connections through IPVS by `ipvsadm --list --connection --numeric`, without
 * the templates of affinity, which have no client's port.
 */
export async function listIpvsConnections(
  runner: CommandRunner,
): Promise<readonly IpvsConnection[]> {
  const text = await runCommand(runner, ["ipvsadm", "-Lnc"]);
  return nonEmptyLines(text).flatMap((line) => {
    const parts = CONNECTION.exec(line);
    if (parts === null || Number(parts[4]) === 0) return [];
    const [, protocol = "", state = "", client, clientPort, address, port] =
      parts;
    return [{
      protocol: protocol.toLowerCase() as Protocol,
      state,
      ...{ client: bare(client), clientPort: Number(clientPort) },
      ...{ address: bare(address), port: Number(port) },
    }];
  });
}

function bare(address = ""): IpAddress {
  return address.replace(/^\[|\]$/g, "") as IpAddress;
}

/**
 * Whether a connection goes through IPVS and data may still come on it. It
 * begins with SYN_RECV. SYN_SENT is one that is over, whose client uses its
 * port for a new connection that others translate: IPVS sees the answers.
 */
export function isOpen(
  { state }: Pick<IpvsConnection, "state">,
): boolean {
  return state !== "SYN_SENT" && !OVER.test(state);
}

/**
 * How many tracked TCP connections are open whose client has one of these
 * addresses, by `conntrack --dump`.
 */
export async function countOpenFrom(
  runner: CommandRunner,
  family: IpFamily,
  addresses: ReadonlySet<IpAddress>,
): Promise<number> {
  const argv = ["conntrack", "-L", "-f", family, "-p", "tcp"] as const;
  const text = await runCommand(runner, argv);
  return nonEmptyLines(text).filter((line) => {
    const [, state = "", source = ""] =
      /^tcp +\d+ \d+ (\w+) src=(\S+) /.exec(line) ?? [];
    return addresses.has(source as IpAddress) && !OVER.test(state);
  }).length;
}
