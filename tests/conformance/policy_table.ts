import type { Case, Patch } from "./case_types.ts";

/** One row: kind, policy, protocol, endpoints, answers, real servers. */
type Row = readonly [
  kind: string,
  policy: "Cluster" | "Local",
  protocol: "TCP" | "UDP" | "SCTP",
  situation: string,
  inside: string,
  outside: string,
  byAddress: readonly string[],
  byMark: readonly string[],
];

/** The table of policy_table.yaml. */
export interface PolicyTable {
  readonly endpoints: Readonly<
    Record<string, { readonly addresses: readonly string[] }>
  >;
  readonly situations: Readonly<Record<string, readonly string[]>>;
  readonly frontends: Readonly<
    Record<
      string,
      { readonly socket: string; readonly octet: number; readonly port: number }
    >
  >;
  readonly rows: readonly Row[];
}

const OPTIONS = { TCP: "-t", UDP: "-u", SCTP: "--sctp-service" } as const;
const DIGITS = { TCP: 1, UDP: 2, SCTP: 3 } as const;

/** Writes each row as a case; all frontends but the row's are left alone. */
export function rowsToCases(table: PolicyTable): readonly Case[] {
  return table.rows.map((row) => {
    const [kind, policy, protocol, situation, inside, outside] = row;
    const name = `${kind}, ${policy}, ${protocol}, endpoints ${situation}`;
    const frontend = table.frontends[kind];
    const endpoints = table.situations[situation];
    if (frontend === undefined || endpoints === undefined) {
      throw new RangeError(
        `Cannot read row "${name}": unknown kind or endpoints`,
      );
    }
    const key = `${protocol.toLowerCase()}/${frontend.socket}`;
    return {
      name,
      service: toService(kind, policy, protocol),
      slices: [{
        endpoints: endpoints.map((endpoint) => table.endpoints[endpoint]),
        ports: [{ name: "p80", protocol, port: 8080 }],
      }],
      expect: {
        ipvs: toSaveText(table, row),
        answers: { [key]: `${inside} ${outside}` },
      },
    };
  });
}

function toService(kind: string, policy: string, protocol: string): Patch {
  const others = ["cluster-ip", "external-ip", "load-balancer", "node-port"]
    .filter((other) => other !== kind).join(",");
  return {
    metadata: { annotations: { "ipvs.kube-proxy.io/leave-alone": others } },
    spec: {
      type: "LoadBalancer",
      healthCheckNodePort: 31000,
      externalIPs: ["198.51.100.9"],
      ports: [{ name: "p80", protocol, port: 80, nodePort: 30080 }],
      internalTrafficPolicy: kind === "cluster-ip" ? policy : "Cluster",
      externalTrafficPolicy: kind === "cluster-ip" ? "Cluster" : policy,
    },
    status: { loadBalancer: { ingress: [{ ip: "198.51.100.7" }] } },
  };
}

function toSaveText(table: PolicyTable, row: Row): string {
  const [kind, , protocol, , , , byAddress, byMark] = row;
  const { socket = "", octet = 0, port = 0 } = table.frontends[kind] ?? {};
  const mark = DIGITS[protocol] * 1e8 + octet * 1e5 + port;
  return [
    ...toServer(table, `${OPTIONS[protocol]} ${socket}`, byAddress),
    ...toServer(table, `-f ${mark}`, byMark),
  ].join("\n");
}

function toServer(
  table: PolicyTable,
  key: string,
  names: readonly string[],
): readonly string[] {
  if (names.length === 0) return [];
  const reals = names.map((name) => table.endpoints[name]?.addresses[0]);
  return [
    `-A ${key} -s rr`,
    ...reals.map((address) => `-a ${key} -r ${address}:8080 -m -w 1`),
  ];
}
