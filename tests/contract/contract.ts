/**
 * What the drivers and the tools beneath them promise, as rules that run on
 * the fakes in every `deno test` and on the real tools in the lab. A fake that
 * nobody checks is a second implementation that nobody checks.
 *
 * @module
 */
import type { CommandRunner, Host } from "#apply";
import type { IpAddress, Scheduler, SchedulerFlag } from "#model";
import type {
  RealServer,
  RealServerKey,
  VirtualServer,
  VirtualServerKey,
} from "#plan";

/** A connection for conntrack to hold. */
export interface ContractFlow {
  readonly source: string;
  readonly sourcePort: number;
  readonly address: string;
  readonly port: number;
  readonly replySource: string;
}

/** A host to try the rules on: the fake, or the lab's. */
export interface ContractSubject {
  readonly host: Host;
  readonly runner: CommandRunner;
  /** "iptables-legacy-restore" or "iptables-nft-restore". */
  readonly iptables: "iptables-legacy" | "iptables-nft";
  /** Puts a UDP connection into the table. */
  addFlow(flow: ContractFlow): Promise<void>;
}

/** One rule; it finds a host with empty tables and may leave it anyhow. */
export interface ContractRule {
  readonly name: string;
  check(subject: ContractSubject): Promise<void>;
}

/** "-t 10.96.0.1:80", for tests alone: nothing is parsed. */
export function keyOf(text: string): VirtualServerKey {
  return text as VirtualServerKey;
}

/** "10.244.1.1:8080", for tests alone. */
export function realKey(text: string): RealServerKey {
  return text as RealServerKey;
}

/** "10.96.0.1", for tests alone. */
export function address(text: string): IpAddress {
  return text as IpAddress;
}

/** A real server. */
export function real(text: string, weight = 1): RealServer {
  return { key: realKey(text), weight };
}

/** A virtual server without real servers. */
export function server(
  key: string,
  options: {
    readonly scheduler?: Scheduler;
    readonly flags?: readonly SchedulerFlag[];
    readonly persistence?: number;
  } = {},
): VirtualServer {
  return {
    key: keyOf(key),
    scheduler: options.scheduler ?? "rr",
    schedulerFlags: options.flags ?? [],
    ...options.persistence === undefined
      ? {}
      : { persistenceTimeoutSeconds: options.persistence },
    realServers: new Map(),
  };
}
