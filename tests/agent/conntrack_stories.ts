/**
 * Changes of a Service and the entries of connection tracking that go with
 * them, or stay.
 *
 * @module
 */
import type { IpAddress, ServicePort } from "../../mod/model/mod.ts";
import type { FakeFlow } from "../support/fake_host.ts";
import type { TestNode } from "./harness.ts";

const VIP = "10.96.0.10";
const OUTSIDE = "198.51.100.1";
const LOCAL = { address: "10.244.1.1", node: "node-1" };
const REMOTE = { address: "10.244.2.2", node: "node-2" };

/** Protocols that are tracked. */
export type Protocol = FakeFlow["protocol"];

/** What a change does to entries. */
export interface Story {
  readonly name: string;
  /** Entries that go. */
  readonly go?: readonly string[];
  /** Entries that stay. */
  readonly stay?: readonly string[];
  /** Processes more than one. */
  readonly tries?: number;
  before(node: TestNode, protocol: Protocol): void;
  change(node: TestNode, protocol: Protocol): Promise<void> | void;
}

function put(
  node: TestNode,
  protocol: Protocol,
  options: Parameters<TestNode["put"]>[1] = {},
): void {
  node.put("dns", { ip: VIP, port: 53, protocol, ...options });
}

function withOutside(local: "local" | "cluster") {
  return {
    externalIps: [OUTSIDE as IpAddress],
    externalTrafficPolicy: local,
  } as const;
}

function withNodePort(protocol: Protocol, nodePort: number) {
  const port: ServicePort = { name: "", protocol, port: 53, nodePort };
  return { type: "NodePort", ports: [port] } as const;
}

const TWO = [LOCAL, REMOTE];

/** All of them. */
export const STORIES: readonly Story[] = [
  {
    name: "an endpoint that goes takes its own",
    go: [`${VIP}:53 > 10.244.2.2:8080`],
    stay: [
      `${VIP}:53 > 10.244.1.1:8080`,
      `${VIP}:54 > 10.244.2.2:8080`,
      `10.0.0.9:53 > 10.244.2.2:8080`,
    ],
    before: (node, protocol) => {
      put(node, protocol);
      node.endpoints("dns", TWO);
    },
    change: (node) => node.endpoints("dns", [LOCAL]),
  },
  {
    name: "a Service without endpoints keeps none",
    go: [`${VIP}:53 > 10.244.1.1:8080`, `${VIP}:53 > 10.244.2.2:8080`],
    stay: [`10.96.0.11:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol);
      node.endpoints("dns", TWO);
    },
    change: (node) => node.endpoints("dns", []),
  },
  {
    name: "the first endpoint takes what nothing has translated",
    go: [`${VIP}:53 > ${VIP}:53`],
    stay: [`10.96.0.11:53 > 10.96.0.11:53`],
    before: (node, protocol) => {
      put(node, protocol);
      node.endpoints("dns", []);
    },
    change: (node) => node.endpoints("dns", [LOCAL]),
  },
  {
    name: "a Service that is deleted takes all of its own",
    go: [`${VIP}:53 > 10.244.1.1:8080`, `${OUTSIDE}:53 > 10.244.1.1:8080`],
    stay: [`10.96.0.11:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("cluster"));
      node.endpoints("dns", TWO);
      node.put("other", { ip: "10.96.0.11", port: 53, protocol });
      node.endpoints("other", [LOCAL]);
    },
    change: (node) => node.delete("dns"),
  },
  {
    name: "a Service with policy Local and no endpoint here, deleted",
    go: [`${OUTSIDE}:53 > 10.244.2.2:8080`, `${VIP}:53 > 10.244.2.2:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("local"));
      node.endpoints("dns", [REMOTE]);
    },
    change: (node) => node.delete("dns"),
  },
  {
    name: "a port that goes takes its own",
    go: [`${VIP}:53 > 10.244.1.1:8080`],
    stay: [`10.96.0.11:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol);
      node.endpoints("dns", TWO);
    },
    change: (node, protocol) => put(node, protocol, { port: 5353 }),
  },
  {
    name: "an address that goes takes its own",
    go: [`${OUTSIDE}:53 > 10.244.1.1:8080`],
    stay: [`${VIP}:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("cluster"));
      node.endpoints("dns", TWO);
    },
    change: (node, protocol) => put(node, protocol),
  },
  {
    name: "a node port that changes takes its own",
    go: [`192.168.1.1:30053 > 10.244.1.1:8080`],
    stay: [`${VIP}:53 > 10.244.1.1:8080`, `192.168.1.2:30053 > 1.2.3.4:30053`],
    before: (node, protocol) => {
      put(node, protocol, withNodePort(protocol, 30_053));
      node.endpoints("dns", TWO);
    },
    change: (node, protocol) =>
      put(node, protocol, withNodePort(protocol, 30_054)),
  },
  {
    name: "a policy that turns Local takes those of other nodes' endpoints",
    go: [`${OUTSIDE}:53 > 10.244.2.2:8080`],
    stay: [
      `${OUTSIDE}:53 > 10.244.1.1:8080`,
      `${VIP}:53 > 10.244.2.2:8080`,
    ],
    before: (node, protocol) => {
      put(node, protocol, withOutside("cluster"));
      node.endpoints("dns", TWO);
    },
    change: (node, protocol) => put(node, protocol, withOutside("local")),
  },
  {
    name: "the first endpoint here under policy Local takes no other's",
    go: [`${OUTSIDE}:53 > ${OUTSIDE}:53`],
    stay: [`${OUTSIDE}:53 > 10.244.2.2:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("local"));
      node.endpoints("dns", [REMOTE]);
    },
    change: (node) => node.endpoints("dns", TWO),
  },
  {
    name: "the last endpoint here under policy Local takes its own alone",
    go: [`${OUTSIDE}:53 > 10.244.1.1:8080`],
    stay: [`${OUTSIDE}:53 > 10.244.2.2:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("local"));
      node.endpoints("dns", TWO);
    },
    change: (node) => node.endpoints("dns", [REMOTE]),
  },
  {
    name: "a frontend that another Service wins keeps none of the loser's",
    go: [`${OUTSIDE}:53 > 10.244.1.1:8080`],
    stay: [`${VIP}:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol, { ...withOutside("cluster"), createdMs: 7 });
      node.endpoints("dns", [LOCAL]);
    },
    change: (node, protocol) => {
      node.put("older", {
        ip: "10.96.0.12",
        port: 53,
        protocol,
        createdMs: 3,
        ...withOutside("cluster"),
      });
      node.endpoints("older", [REMOTE]);
    },
  },
  {
    name: "a virtual server that others took, made again without an endpoint",
    go: [`${VIP}:53 > 10.244.2.2:8080`, `${VIP}:53 > 10.66.6.6:1`],
    before: (node, protocol) => {
      put(node, protocol);
      node.endpoints("dns", TWO);
    },
    change: (node, protocol) => {
      const flag = protocol === "udp" ? "-u" : "--sctp-service";
      if (protocol !== "tcp") node.host.ipvs.edit(`-D ${flag} ${VIP}:53`);
      node.endpoints("dns", [LOCAL]);
    },
  },
  {
    name: "a restart takes none",
    stay: [`${VIP}:53 > 10.244.1.1:8080`, `${VIP}:53 > 10.244.7.7:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("local"));
      node.endpoints("dns", TWO);
    },
    change: async (node) => {
      await node.stop();
      await node.boot();
    },
  },
  {
    name: "a restart takes those of what changed meanwhile",
    go: [`${VIP}:53 > 10.244.2.2:8080`, `${OUTSIDE}:53 > 10.244.2.2:8080`],
    stay: [`${VIP}:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("local"));
      node.endpoints("dns", TWO);
    },
    change: async (node) => {
      await node.stop();
      node.endpoints("dns", [LOCAL]);
      await node.boot();
    },
  },
  {
    name: "a policy that turned Cluster while no agent worked",
    go: [`${OUTSIDE}:53 > 10.244.2.2:8080`],
    stay: [`${VIP}:53 > 10.244.2.2:8080`],
    before: (node, protocol) => {
      put(node, protocol, withOutside("local"));
      node.endpoints("dns", TWO);
    },
    change: async (node, protocol) => {
      await node.stop();
      put(node, protocol, withOutside("cluster"));
      await node.boot();
    },
  },
  {
    name: "a tool that fails is asked again in the next pass",
    tries: 1,
    go: [`${VIP}:53 > 10.244.2.2:8080`],
    stay: [`${VIP}:53 > 10.244.1.1:8080`],
    before: (node, protocol) => {
      put(node, protocol);
      node.endpoints("dns", TWO);
    },
    change: (node) => {
      node.host.faults.add({
        program: "conntrack",
        effect: { kind: "exit", code: 1, stderr: "out of luck\n" },
      });
      node.endpoints("dns", [LOCAL]);
    },
  },
];
