/**
 * The oracle's view of endpoints: which of them a frontend has.
 *
 * @module
 */
import type { SimEndpoint, SimPort, SimService, SimSlice } from "./objects.ts";

/** A real server. */
export type Server = readonly [socket: string, weight: number];

/** What stands behind "-s": scheduler, persistence, flags. */
export function schedulingOf(service: SimService, isMark: boolean): string {
  const { wishes, affinitySeconds } = service;
  if (isMark && affinitySeconds !== undefined) return "sh -b sh-fallback";
  const isWeighed = wishes["local-weight"] !== undefined ||
    wishes["zone-weights"] !== undefined;
  const scheduler = wishes["scheduler"] ?? (isWeighed ? "wrr" : "rr");
  const persistence = affinitySeconds === undefined
    ? ""
    : ` -p ${affinitySeconds}`;
  const flags = scheduler === "mh"
    ? " -b mh-fallback,mh-port"
    : scheduler === "sh"
    ? " -b sh-fallback"
    : "";
  return scheduler + persistence + flags;
}

/** Real servers of a frontend: all, and those of this node. */
export function serversOf(
  service: SimService,
  { servicePort, address }: {
    readonly servicePort: SimPort;
    readonly address: string;
  },
  { slices, node }: {
    readonly slices: readonly SimSlice[];
    readonly node: { readonly name: string; readonly zone?: string };
  },
): { all: readonly Server[]; here: readonly Server[]; hasAny: boolean } {
  const found = new Map<string, SimEndpoint>();
  for (const slice of [...slices].sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (slice.service !== service.name) continue;
    if (digitOf(address) !== (slice.family === "ipv4" ? 4 : 6)) continue;
    for (const { name, protocol, targetPort } of slice.ports) {
      if (name !== servicePort.name) continue;
      if (protocol !== servicePort.protocol) continue;
      for (const endpoint of slice.endpoints) {
        const socket = socketOf(endpoint.address, targetPort);
        const known = found.get(socket);
        if (known === undefined || rank(endpoint) > rank(known)) {
          found.set(socket, endpoint);
        }
      }
    }
  }
  const ready = [...found].filter(([, one]) => one.state === "ready");
  const ending = [...found].filter(([, one]) => one.state === "terminating");
  const isHere = ([, one]: readonly [string, SimEndpoint]): boolean =>
    one.node === node.name;
  const weigh = (
    list: readonly (readonly [string, SimEndpoint])[],
  ): readonly Server[] => weights(list, service, node.name);
  const readyHere = ready.filter(isHere);
  return {
    all: weigh(ready.length > 0 ? byZone(ready, node.zone) : ending),
    here: weigh(readyHere.length > 0 ? readyHere : ending.filter(isHere)),
    hasAny: ready.length + ending.length > 0,
  };
}

function rank({ state }: SimEndpoint): number {
  return ["ending", "unready", "terminating", "ready"].indexOf(state);
}

function byZone(
  ready: readonly (readonly [string, SimEndpoint])[],
  zone: string | undefined,
): readonly (readonly [string, SimEndpoint])[] {
  if (zone === undefined || ready.some(([, { hint }]) => hint === undefined)) {
    return ready;
  }
  const near = ready.filter(([, { hint }]) => hint === zone);
  return near.length > 0 ? near : ready;
}

function weights(
  list: readonly (readonly [string, SimEndpoint])[],
  { wishes }: SimService,
  nodeName: string,
): readonly Server[] {
  const zones = new Map(
    (wishes["zone-weights"] ?? "").split(",").map((pair) =>
      pair.split("=") as [string, string]
    ),
  );
  const weighed = list.map(([socket, { node, zone }]): Server => {
    const isHere = node === nodeName && wishes["local-weight"] !== undefined;
    return [
      socket,
      Number(isHere ? wishes["local-weight"] : zones.get(zone) ?? 1),
    ];
  });
  return weighed.every(([, weight]) => weight === 0)
    ? weighed.map(([socket]): Server => [socket, 1])
    : weighed;
}

/** Family of an address or network, as names of sets have it. */
export function digitOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** Address and port as ipvsadm writes them. */
export function socketOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
