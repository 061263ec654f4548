/**
 * Sockets that wait for clients, as `ss -lntu` lists them.
 *
 * @module
 */

/** A socket that waits for clients. */
export interface WaitingSocket {
  /** "tcp" or "udp". */
  readonly protocol: string;
  /** Address it is bound to; "0.0.0.0", "*" or "[::]" for all. */
  readonly address: string;
  /** Its port. */
  readonly port: number;
}

/** Reads what `ss -lntu` printed. */
export function parseSockets(text: string): readonly WaitingSocket[] {
  return text.split("\n").flatMap((line) => {
    const [protocol = "", , , , local = ""] = line.trim().split(/\s+/);
    const match = /^(.*):(\d+)$/.exec(local);
    if (!/^(tcp|udp)$/.test(protocol) || match === null) return [];
    const address = (match[1] ?? "").replace(/%[^\]]*/, "");
    return [{ protocol, address, port: Number(match[2]) }];
  });
}

/**
 * Those that would get a connection to an address and port if the kernel
 * handed it to a process: bound to the address, with any port, or to all
 * addresses with this port.
 */
export function couldAnswer(
  sockets: readonly WaitingSocket[],
  target: { readonly address: string; readonly port: number },
): readonly WaitingSocket[] {
  return sockets.filter(({ address, port }) =>
    address === target.address ||
    ["0.0.0.0", "*", "[::]"].includes(address) && port === target.port
  );
}
