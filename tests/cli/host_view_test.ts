import { assertEquals } from "@std/assert";
import {
  detectorOf,
  planContextOf,
  routesOf,
  rulesOf,
  type ViewOptions,
} from "../../mod/cli/host_view.ts";
import {
  ClusterModel,
  decodeNode,
  decodeServiceCidr,
  type IpAddress,
} from "../../mod/model/mod.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

function modelOf(): ClusterModel {
  const model = new ClusterModel({ nodeName: "node-1" });
  model.upsertNode(
    "node-1",
    decodeNode({
      metadata: {
        name: "node-1",
        labels: { "topology.kubernetes.io/zone": "z" },
      },
      spec: { podCIDRs: ["10.244.1.0/24", "fd00:1::/64"] },
      status: { addresses: [{ type: "InternalIP", address: "192.0.2.11" }] },
    }),
  );
  model.upsertServiceCidr(
    "kubernetes",
    decodeServiceCidr({
      metadata: { name: "kubernetes" },
      spec: { cidrs: ["10.96.0.0/12", "fd00:96::/112"] },
    }),
  );
  return model;
}

function viewOf(...args: string[]): ViewOptions {
  return {
    settings: settingsOf(...args),
    nodeName: "node-1",
    model: modelOf(),
    families: new Set(["ipv4", "ipv6"]),
    randomFully: true,
    markOf: () => 7,
  };
}

const HOST = new Map([
  ["eth0", new Set(["192.0.2.11", "198.51.100.1"] as IpAddress[])],
  ["kube-ipvs0", new Set(["10.96.0.1"] as IpAddress[])],
  ["lo", new Set(["127.0.0.1"] as IpAddress[])],
]);

Deno.test(
  "nodeport-everywhere: planContextOf() serves node ports on the Node's own addresses",
  NOTHING,
  () => {
    const context = planContextOf(HOST, viewOf());
    assertEquals(context.nodePortAddresses, ["192.0.2.11" as IpAddress]);
    const all = planContextOf(HOST, viewOf("--compat"));
    assertEquals(
      all.nodePortAddresses,
      ["192.0.2.11", "198.51.100.1"] as IpAddress[],
    );
  },
);

Deno.test(
  "planContextOf() counts no address of our own device as the host's",
  NOTHING,
  () => {
    const { hostAddresses, zone, scheduler } = planContextOf(HOST, viewOf());
    assertEquals([...hostAddresses].sort(), [
      "127.0.0.1",
      "192.0.2.11",
      "198.51.100.1",
    ] as IpAddress[]);
    assertEquals([zone, scheduler], ["z", "rr"]);
  },
);

for (
  const [args, ipv4, ipv6] of [
    [[], { mode: "none" }, { mode: "none" }],
    [
      ["--cluster-cidr=10.244.0.0/16"],
      { mode: "cluster-cidr", cidrs: ["10.244.0.0/16"] },
      { mode: "none" },
    ],
    [
      ["--cluster-cidr=10.244.0.0/16,fd00:1::/48"],
      { mode: "cluster-cidr", cidrs: ["10.244.0.0/16"] },
      { mode: "cluster-cidr", cidrs: ["fd00:1::/48"] },
    ],
    [
      ["--detect-local-mode=NodeCIDR"],
      { mode: "node-cidr", cidrs: ["10.244.1.0/24"] },
      { mode: "node-cidr", cidrs: ["fd00:1::/64"] },
    ],
    [
      ["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=cbr0"],
      { mode: "bridge-interface", name: "cbr0" },
      { mode: "bridge-interface", name: "cbr0" },
    ],
    [
      [
        "--detect-local-mode=InterfaceNamePrefix",
        "--pod-interface-name-prefix=veth",
      ],
      { mode: "interface-name-prefix", prefix: "veth" },
      { mode: "interface-name-prefix", prefix: "veth" },
    ],
  ] as const
) {
  Deno.test(
    `detectorOf() with ${args.join(" ") || "no flags"}`,
    NOTHING,
    () => {
      const view = viewOf(...args);
      assertEquals<unknown>(detectorOf("ipv4", view), ipv4);
      assertEquals<unknown>(detectorOf("ipv6", view), ipv6);
    },
  );
}

Deno.test(
  "rulesOf() gives each family its own networks and the configured mark",
  NOTHING,
  () => {
    const [ipv4, ipv6] = rulesOf(viewOf("--iptables-masquerade-bit=15"));
    assertEquals(ipv4?.masqueradeMark, 0x8000);
    assertEquals<unknown>(ipv4?.serviceCidrs, ["10.96.0.0/12"]);
    assertEquals<unknown>(ipv6?.serviceCidrs, ["fd00:96::/112"]);
    assertEquals<unknown>(ipv6?.nodePodCidrs, ["fd00:1::/64"]);
  },
);

Deno.test(
  "thousands-of-addresses: --service-cidr-routes routes each ServiceCIDR here, from this node's address",
  NOTHING,
  () => {
    const plain = viewOf();
    assertEquals(planContextOf(HOST, plain).routedCidrs, []);
    assertEquals(routesOf(plain), []);
    const view = viewOf("--service-cidr-routes");
    const host = new Map([
      ...HOST,
      ["dns0", new Set(["10.96.0.10"] as IpAddress[])],
    ]);
    assertEquals(planContextOf(host, view).routedCidrs as readonly string[], [
      "10.96.0.0/12",
      "fd00:96::/112",
    ]);
    assertEquals(routesOf(view) as unknown, [
      { cidr: "10.96.0.0/12", source: "192.0.2.11" },
      { cidr: "fd00:96::/112" },
    ]);
    const [rules] = rulesOf(view);
    assertEquals(rules?.routedCidrs as unknown, ["10.96.0.0/12"]);
    assertEquals(rules?.unfiltered as unknown, ["10.96.0.10"]);
  },
);
