/**
 * Kernel tables for tests: golden rules, and sets, virtual servers and
 * addresses in the tools' own words.
 *
 * @module
 */
import { parseIpvsSave } from "../../../mod/apply/mod.ts";
import { parseIpsetSave } from "../../../mod/apply/ipset_text.ts";
import { setType } from "../../../mod/apply/ipset_text.ts";
import type { IpAddress, IpFamily } from "../../../mod/model/mod.ts";
import { parseSaved, SET_KINDS, setName } from "../../../mod/plan/mod.ts";
import type { KernelTables } from "../../../mod/observe/explain/types.ts";
import { GOLDEN } from "../../plan/golden/mod.ts";

/** What a test says of a node. */
export interface TestTables {
  /** Name of a golden file. */
  readonly rules?: string;
  /** Lines of `iptables-save` to come first in their chains. */
  readonly ahead?: Readonly<Record<string, readonly string[]>>;
  /** Policies other than ACCEPT: "INPUT": "DROP". */
  readonly policies?: Readonly<Record<string, string>>;
  /** Elements by kind of set: `"10.0.0.1,tcp:80"`, `"... skbmark 0x1"`. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** Lines of `ipvsadm -Sn`. */
  readonly ipvs?: readonly string[];
  /** Addresses by device. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** Networks that a route brings here. */
  readonly routes?: readonly string[];
}

/** A pod of this node. */
export const POD = "10.32.1.7";
/** A pod of another node. */
export const FAR_POD = "10.32.2.7";
/** A client of no network here. */
export const OUTSIDE = "198.51.100.9";
/** A cluster IP. */
export const VIP = "10.96.0.1";
/** A load balancer's address. */
export const LB = "192.0.2.1";

/** A cluster IP with an endpoint here and one elsewhere. */
export const SERVED: TestTables = {
  sets: {
    "frontends": [`${VIP},tcp:80`],
    "cluster-ips": [`${VIP},tcp:80`],
    "addresses": [VIP, LB],
  },
  ipvs: [
    `-A -t ${VIP}:80 -s rr`,
    `-a -t ${VIP}:80 -r ${POD}:8080 -m -w 1`,
    `-a -t ${VIP}:80 -r ${FAR_POD}:8080 -m -w 0`,
  ],
};

/** A node's tables. */
export function tablesOf(test: TestTables): KernelTables {
  const name = test.rules ?? "ipv4-cluster-cidr";
  const family: IpFamily = name.startsWith("ipv6") ? "ipv6" : "ipv4";
  const addresses = test.addresses ?? {
    lo: ["127.0.0.1"],
    eth0: ["192.168.1.1"],
    cni0: ["10.32.1.1"],
    "kube-ipvs0": ["10.96.0.1", "192.0.2.1"],
  };
  return {
    rules: new Map([[family, parseSaved(savedRules(name, test))]]),
    sets: parseIpsetSave(savedSets(family, test.sets ?? {})),
    servers: parseIpvsSave((test.ipvs ?? []).map((one) => `${one}\n`).join("")),
    addresses: new Map(
      Object.entries(addresses).map(([device, of]) =>
        [device, new Set(of as IpAddress[])] as const
      ),
    ),
    routes: (test.routes ?? []).map((cidr) => ({ cidr: cidr as never })),
  };
}

const BUILT_IN = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

/** A golden document, as `iptables-save` prints what it made. */
function savedRules(name: string, test: TestTables): string {
  let table = "";
  return (GOLDEN[name] ?? "").split("\n").flatMap((line) => {
    if (line.startsWith("*")) {
      table = line.slice(1);
      const ahead = Object.entries(test.ahead ?? {}).flatMap((
        [where, rules],
      ) => {
        const [of, chain] = where.split(" ");
        return of === table ? rules.map((rule) => `-A ${chain} ${rule}`) : [];
      });
      const policies = BUILT_IN.map((chain) =>
        `:${chain} ${
          table === "filter" && test.policies?.[chain] || "ACCEPT"
        } [0:0]`
      );
      const others = ahead.flatMap((rule) => {
        const chain = /^-A (\S+)/.exec(rule)?.[1] ?? "";
        return BUILT_IN.includes(chain) ? [] : [`:${chain} - [0:0]`];
      });
      return [line, ...policies, ...new Set(others), ...ahead];
    }
    return [line.replace(/^-I (\S+) 1 /, "-A $1 ")];
  }).join("\n");
}

function savedSets(
  family: IpFamily,
  sets: Readonly<Record<string, readonly string[]>>,
): string {
  return SET_KINDS.flatMap((kind) => {
    const name = setName(kind, family);
    const elements = sets[kind] ?? [];
    return [
      `create ${name} ${setType(kind, family)}`,
      ...elements.map((element) => `add ${name} ${element}`),
    ];
  }).join("\n") + "\n";
}
