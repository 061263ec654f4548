import type { IpAddress } from "#model";

/** What a line of `ip monitor link address` tells. */
export type MonitorEvent =
  /** An address came to a device, or left it. */
  | {
    readonly kind: "address";
    readonly device: string;
    readonly address: IpAddress;
    readonly isDeleted: boolean;
  }
  /** A local route of a network left. */
  | { readonly kind: "route" }
  /** A device came, changed or left. */
  | { readonly kind: "link"; readonly device: string };

const ADDRESS = /^(Deleted )?\d+: (\S+?)(?:@\S+)?\s+inet6? ([^\s/]+)/;
const LINK = /^(?:Deleted )?\d+: (\S+?)(?:@[^\s:]+)?:? /;

/** Reads a line of `ip monitor`; undefined: it tells nothing of the kind. */
export function parseMonitorLine(text: string): MonitorEvent | undefined {
  const line = text.replace(/^\[[A-Z]+\]\s*/, "");
  const [, deleted, device, address] = ADDRESS.exec(line) ?? [];
  if (device !== undefined && address !== undefined) {
    const isDeleted = deleted !== undefined;
    return {
      kind: "address",
      device,
      address: address as IpAddress,
      isDeleted,
    };
  }
  if (line.startsWith("Deleted local ")) return { kind: "route" };
  const link = LINK.exec(line)?.[1];
  return link === undefined ? undefined : { kind: "link", device: link };
}

/** What of `nft monitor` is about rules, rather than elements of sets. */
const RULES = /^(?:add|insert|replace|delete|flush) (?:rule|chain|table) ip6? /;

/** Whether a line of `nft monitor` may concern the rules of iptables-nft. */
export function touchesRules(line: string): boolean {
  return RULES.test(line);
}
