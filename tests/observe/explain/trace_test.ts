import { assertEquals } from "@std/assert";
import { tracePacket } from "../../../mod/observe/explain/trace.ts";
import type { Packet } from "../../../mod/observe/explain/types.ts";
import type { IpAddress } from "../../../mod/model/mod.ts";
import {
  FAR_POD,
  LB,
  OUTSIDE,
  POD,
  SERVED,
  tablesOf,
  type TestTables,
  VIP,
} from "./support.ts";

const NOTHING = { permissions: "none" } as const;

/** External policy Local: one endpoint here, all by mark. */
const LOCAL: TestTables = {
  sets: {
    "frontends": [`${LB},tcp:80`],
    "mark": [`${LB},tcp:80 skbmark 0x1000001`],
    "addresses": [VIP, LB],
  },
  ipvs: [
    `-A -t ${LB}:80 -s rr`,
    `-a -t ${LB}:80 -r ${POD}:8080 -m -w 1`,
    `-A -f ${0x1000001} -s rr`,
    `-a -f ${0x1000001} -r ${POD}:8080 -m -w 1`,
    `-a -f ${0x1000001} -r ${FAR_POD}:8080 -m -w 1`,
  ],
};

/** The same with no endpoint here. */
const LOCAL_FAR: TestTables = {
  sets: { ...LOCAL.sets, "drop-outside": [`${LB},tcp:80`] },
  ipvs: LOCAL.ipvs!.slice(2),
};

function refusing(protocol: string): TestTables {
  return {
    sets: { refuse: [`${VIP},${protocol}:80`], addresses: [VIP, LB] },
  };
}

const RESTRICTED: TestTables = {
  sets: {
    ...SERVED.sets,
    "frontends": [`${LB},tcp:80`],
    "external": [`${LB},tcp:80`],
    "restricted": [`${LB},tcp:80`],
    "source-ranges": [`${LB},tcp:80,198.51.100.0/24`],
  },
  ipvs: [`-A -t ${LB}:80 -s mh`, `-a -t ${LB}:80 -r ${POD}:8080 -m -w 5`],
};

type Case = readonly [
  what: string,
  tables: TestTables,
  packet: Partial<Omit<Packet, "source" | "address">> & {
    readonly source?: string;
    readonly address?: string;
  },
  expected: string,
];

const CASES: readonly Case[] = [
  [
    "another pod to a cluster IP: as itself",
    SERVED,
    { source: FAR_POD },
    `served by -t ${VIP}:80 (address): ${POD}:8080 as itself`,
  ],
  [
    "outside to a cluster IP: masqueraded",
    SERVED,
    { source: OUTSIDE },
    `served by -t ${VIP}:80 (address): ${POD}:8080 masqueraded`,
  ],
  [
    "a pod that reaches itself: masqueraded by BPF",
    SERVED,
    { source: POD },
    `served by -t ${VIP}:80 (address): ${POD}:8080 masqueraded`,
  ],
  [
    "the node itself: masqueraded",
    SERVED,
    { source: VIP, isOwn: true },
    `served by -t ${VIP}:80 (address): ${POD}:8080 masqueraded`,
  ],
  [
    "everybody with --masquerade-all",
    { ...SERVED, rules: "ipv4-masquerade-all" },
    { source: FAR_POD },
    `served by -t ${VIP}:80 (address): ${POD}:8080 masqueraded`,
  ],
  [
    "another port of a served address: refused",
    SERVED,
    { source: POD, port: 81 },
    "refused by tcp-reset",
  ],
  [
    "another protocol of a served address: refused",
    SERVED,
    { source: POD, protocol: "udp" },
    "refused by icmp-port-unreachable",
  ],
  [
    "policy Local, outside: the endpoint here, as itself",
    LOCAL,
    { source: OUTSIDE, address: LB },
    `served by -t ${LB}:80 (address): ${POD}:8080 as itself`,
  ],
  [
    "policy Local, a pod of this node: all, by mark, as itself",
    LOCAL,
    { source: "10.32.1.8", address: LB },
    `served by -f 16777217 (mark): ${POD}:8080 as itself, ${FAR_POD}:8080 as itself`,
  ],
  [
    "policy Local, a pod of another node: all, masqueraded",
    LOCAL,
    { source: "10.32.2.8", address: LB },
    `served by -f 16777217 (mark): ${POD}:8080 masqueraded, ${FAR_POD}:8080 masqueraded`,
  ],
  [
    "policy Local, the node: all, masqueraded",
    LOCAL,
    { source: LB, address: LB, isOwn: true },
    `served by -f 16777217 (mark): ${POD}:8080 masqueraded, ${FAR_POD}:8080 masqueraded`,
  ],
  [
    "policy Local, none here, outside: dropped",
    LOCAL_FAR,
    { source: OUTSIDE, address: LB },
    "dropped",
  ],
  [
    "policy Local, none here, a pod here: all, as itself",
    LOCAL_FAR,
    { source: "10.32.1.8", address: LB },
    `served by -f 16777217 (mark): ${POD}:8080 as itself, ${FAR_POD}:8080 as itself`,
  ],
  [
    "no endpoint, TCP",
    refusing("tcp"),
    { source: POD },
    "refused by tcp-reset",
  ],
  [
    "no endpoint, the node itself: refused behind lo",
    refusing("tcp"),
    { source: VIP, isOwn: true },
    "refused by tcp-reset",
  ],
  [
    "no endpoint, SCTP",
    refusing("sctp"),
    { source: POD, protocol: "sctp" },
    "refused by icmp-proto-unreachable",
  ],
  [
    "inside a source range",
    RESTRICTED,
    { source: OUTSIDE, address: LB },
    `served by -t ${LB}:80 (address): ${POD}:8080 masqueraded`,
  ],
  [
    "outside all source ranges",
    RESTRICTED,
    { source: "203.0.113.1", address: LB },
    "dropped",
  ],
  [
    "the node outside all source ranges",
    RESTRICTED,
    { source: LB, address: LB, isOwn: true },
    "dropped",
  ],
  [
    "internal policy Local, none here",
    { sets: { drop: [`${VIP},tcp:80`], addresses: [VIP] } },
    { source: POD },
    "dropped",
  ],
  [
    "an address of the host that no Service has",
    SERVED,
    { source: OUTSIDE, address: "192.168.1.1", port: 22 },
    "host",
  ],
  [
    "an address of elsewhere",
    SERVED,
    { source: POD, address: "203.0.113.5" },
    "forwarded",
  ],
  [
    "a cluster IP that no Service owns",
    SERVED,
    { source: POD, address: "10.96.9.9" },
    "dropped",
  ],
  [
    "a cluster IP that no Service owns, by a route: refused",
    { ...SERVED, rules: "ipv4-routed", routes: ["10.96.0.0/12"] },
    { source: POD, address: "10.96.9.9" },
    "refused by tcp-reset",
  ],
  [
    "a virtual server whose real servers all drain",
    { ...SERVED, ipvs: SERVED.ipvs!.filter((line) => !line.includes("-w 1")) },
    { source: POD },
    `refused by IPVS`,
  ],
  [
    "the device decides and is not known",
    { ...LOCAL, rules: "ipv4-bridge" },
    { source: POD, address: LB },
    "unknown: -i cni0",
  ],
  [
    "the device decides: a pod's bridge",
    { ...LOCAL, rules: "ipv4-bridge" },
    { source: "10.32.1.8", address: LB, device: "cni0" },
    `served by -f 16777217 (mark): ${POD}:8080 as itself, ${FAR_POD}:8080 as itself`,
  ],
  [
    "the device decides: another",
    { ...LOCAL, rules: "ipv4-bridge" },
    { source: "10.32.1.8", address: LB, device: "eth0" },
    `served by -t ${LB}:80 (address): ${POD}:8080 as itself`,
  ],
  [
    "an endpoint on the host's own network: as itself",
    {
      sets: SERVED.sets!,
      ipvs: [
        `-A -t ${VIP}:80 -s rr`,
        `-a -t ${VIP}:80 -r 192.168.1.1:6443 -m -w 1`,
      ],
    },
    { source: OUTSIDE },
    `served by -t ${VIP}:80 (address): 192.168.1.1:6443 as itself`,
  ],
];

function summary(tables: TestTables, packet: Case[2]): string {
  const { source = POD, address = VIP, ...rest } = packet;
  const trace = tracePacket({
    ...{ protocol: "tcp", port: 80, isOwn: false },
    ...rest,
    source: source as IpAddress,
    address: address as IpAddress,
  }, tablesOf(tables));
  assertEquals(trace.doubts, []);
  const { verdict, reason, virtualServer, realServers } = trace;
  switch (verdict) {
    case "served":
      return `served by ${virtualServer?.key} (${virtualServer?.by}): ` +
        realServers.map(({ realServer, masqueraded }) =>
          `${realServer} ${masqueraded ? "masqueraded" : "as itself"}`
        ).join(", ");
    case "refused":
      return `refused by ${/\((\S+)\) by/.exec(reason)?.[1] ?? "IPVS"}`;
    case "unknown":
      return `unknown: ${/"(.*?)"/.exec(reason)?.[1]}`;
    default:
      return verdict;
  }
}

for (const [what, tables, packet, expected] of CASES) {
  Deno.test(`tracePacket(): ${what}`, NOTHING, () => {
    assertEquals(summary(tables, packet), expected);
  });
}
