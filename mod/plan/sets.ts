import type { IpFamily } from "#model";
import type { SetKind } from "./types.ts";

/** Type and meaning of one kind of set. */
export interface SetDefinition {
  /** Type as ipset(8) names it, without options. */
  readonly type:
    | "hash:ip"
    | "hash:ip,port"
    | "hash:ip,port,net"
    | "bitmap:port";
  /** Whether elements carry a mark (`skbinfo`). */
  readonly skbinfo: boolean;
  /** What being in it means; stands in the documentation. */
  readonly meaning: string;
}

/** Our sets. The rules of `rules.ts` give each of them its effect. */
export const SET_DEFINITIONS: Readonly<Record<SetKind, SetDefinition>> = {
  "frontends": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "served: passes INPUT, is never taken by a host port's DNAT",
  },
  "cluster-ips": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "served cluster IPs: masqueraded unless the client is a pod",
  },
  "external": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "served from outside with policy Cluster: masqueraded",
  },
  "addresses": {
    type: "hash:ip",
    skbinfo: false,
    meaning: "bound on the device: ports that nobody serves are refused",
  },
  "refuse": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "no endpoint anywhere: refused at once",
  },
  "drop": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "internal policy Local, endpoints elsewhere only: dropped",
  },
  "drop-outside": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "external policy Local, none here: dropped for outside clients",
  },
  "mark": {
    type: "hash:ip,port",
    skbinfo: true,
    meaning: "external policy Local: clients inside get this firewall mark",
  },
  "restricted": {
    type: "hash:ip,port",
    skbinfo: false,
    meaning: "has source ranges: other sources are dropped",
  },
  "source-ranges": {
    type: "hash:ip,port,net",
    skbinfo: false,
    meaning: "frontend and a network that may use it",
  },
  "health-checks": {
    type: "bitmap:port",
    skbinfo: false,
    meaning: "health-check node ports: pass INPUT on every address",
  },
};

/** All kinds, in the order in which they are made. */
export const SET_KINDS: readonly SetKind[] = Object.keys(
  SET_DEFINITIONS,
) as SetKind[];

/** What all names of our sets begin with, by family. */
export const SET_PREFIX: Readonly<Record<IpFamily, string>> = {
  ipv4: "KUBE-VS4-",
  ipv6: "KUBE-VS6-",
};

/** Name of a set in the kernel, at most 31 characters (ipset(8)). */
export function setName(set: SetKind, family: IpFamily): string {
  return SET_PREFIX[family] + set.toUpperCase();
}
