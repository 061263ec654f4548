import { PackedMap, type RealServerKey } from "#plan";
import type { ObservedRealServer } from "./types.ts";

const METHODS = ["masquerading", "gatewaying", "ipip", "local"] as const;

/** Real servers as they were listed, in about a fifth of a `Map`'s memory. */
class PackedObserved extends PackedMap<ObservedRealServer> {
  /** Weight and forwarding method in one; a number: all have it. */
  readonly traits: number | readonly number[];
  /** Active and inactive connections of each; undefined: there are none. */
  readonly connections: readonly number[] | undefined;

  constructor(servers: readonly ObservedRealServer[]) {
    super(servers);
    const traits = servers.map(({ weight, forwardingMethod }) =>
      weight * METHODS.length + METHODS.indexOf(forwardingMethod)
    );
    const first = traits[0] ?? 0;
    this.traits = traits.every((trait) => trait === first) ? first : traits;
    const counts = servers.flatMap((server) => [
      server.activeConnections,
      server.inactiveConnections,
    ]);
    this.connections = counts.some((count) => count > 0)
      ? counts.slice()
      : undefined;
  }

  protected override unpack(
    key: RealServerKey,
    at: number,
  ): ObservedRealServer {
    const traits = this.traits;
    const trait = typeof traits === "number" ? traits : traits[at] ?? 0;
    return {
      key,
      forwardingMethod: METHODS[trait % METHODS.length] ?? "masquerading",
      weight: Math.floor(trait / METHODS.length),
      activeConnections: this.connections?.[2 * at] ?? 0,
      inactiveConnections: this.connections?.[2 * at + 1] ?? 0,
    };
  }
}

/** Packs real servers; of doubles the last one counts, as in a `Map`. */
export function packObserved(
  servers: Iterable<ObservedRealServer>,
): ReadonlyMap<RealServerKey, ObservedRealServer> {
  const unique = new Map<RealServerKey, ObservedRealServer>();
  for (const server of servers) unique.set(server.key, server);
  return new PackedObserved([...unique.values()]);
}
