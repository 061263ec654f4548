/**
 * Defects of other proxies that users suffer from, by their slugs: those that are
 * about which addresses are taken. Each fails when the defect is put back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { IpAddress } from "#model";
import {
  ClusterModel,
  decodeNode,
  decodeService,
  type ServiceName,
} from "#model";
import { planService, selectNodePortAddresses, type ServicePlan } from "#plan";
import {
  context,
  endpoint,
  entries,
  frontend,
  service,
  slice,
} from "./objects.ts";

const none = { permissions: "none" } as const;
const HERE = endpoint("10.0.0.1", "n1");

function bound(plan: ServicePlan): readonly string[] {
  return plan.frontends.filter(({ bind }) => bind)
    .map(({ address }) => address);
}

Deno.test(
  "externalip-is-node-ip: an address of another node is never taken",
  none,
  () => {
    const address = "192.0.2.2" as IpAddress;
    const foreignAddresses = new Map([[address, "node n2"]]);
    const webs = [
      service({ externalIPs: [address] }),
      service({ type: "LoadBalancer" }, { ingress: [{ ip: address }] }),
    ];
    for (const web of webs) {
      const elsewhere = planService(
        web,
        [slice([HERE])],
        context({ foreignAddresses }),
      );
      assertEquals(entries(elsewhere).filter((e) => e.includes(address)), []);
      assertEquals(
        elsewhere.frontends.map(({ address }) => address as string),
        [
          "10.96.0.10",
        ],
      );
      assert(elsewhere.rejections[0]?.reason.includes("node n2"));
      const hostAddresses = new Set([address]);
      const owner = planService(
        web,
        [slice([HERE])],
        context({ hostAddresses }),
      );
      assertEquals(frontend(owner, "tcp/192.0.2.2:80").inside, "serve");
      assertEquals(bound(owner), ["10.96.0.10"]);
      assert(!entries(owner).includes(`addresses ${address}`));
    }
  },
);

Deno.test(
  "externalip-is-node-ip: a Node that comes later makes the claimant dirty",
  none,
  () => {
    const model = new ClusterModel({ nodeName: "n1" });
    const name = "default/web" as ServiceName;
    model.upsertService(
      name,
      decodeService({
        metadata: { namespace: "default", name: "web" },
        spec: {
          clusterIP: "10.96.0.10",
          ports: [{ port: 80 }],
          externalIPs: ["192.0.2.2"],
        },
      }),
    );
    const plan = (): readonly string[] => {
      const web = model.service(name);
      if (web === undefined) return [];
      const foreignAddresses = model.otherNodeAddresses();
      return bound(planService(web, [], context({ foreignAddresses })));
    };
    assertEquals(plan(), ["10.96.0.10", "192.0.2.2"]);
    const addresses = [{ type: "InternalIP", address: "192.0.2.2" }];
    const node = decodeNode({
      metadata: { name: "n2" },
      status: { addresses },
    });
    assertEquals(model.upsertNode("n2", node), [name]);
    assertEquals(plan(), ["10.96.0.10"]);
  },
);

Deno.test(
  "nodelocal-dns: a VIP can be left to another owner on the node",
  none,
  () => {
    const annotations = { "ipvs.kube-proxy.io/leave-alone": "cluster-ip" };
    const asked = planService(
      service({}, { annotations }),
      [slice([HERE])],
      context(),
    );
    assertEquals(asked.frontends, []);
    // Not asked, but the address is on another device: it is not bound.
    const hostAddresses = new Set(["10.96.0.10" as IpAddress]);
    const seen = planService(
      service(),
      [slice([HERE])],
      context({ hostAddresses }),
    );
    assertEquals(bound(seen), []);
    assert(!entries(seen).includes("addresses 10.96.0.10"));
  },
);

Deno.test(
  "lb-vip-bound-breaks-lb: ipMode Proxy and the opt-out leave the VIP alone",
  none,
  () => {
    const ip = "203.0.113.1";
    const optOut = { "ipvs.kube-proxy.io/leave-alone": "load-balancer" };
    const table:
      readonly (readonly [unknown, Record<string, string>, boolean])[] = [
        [{ ip }, {}, true],
        [{ ip, ipMode: "VIP" }, {}, true],
        [{ ip, ipMode: "Proxy" }, {}, false],
        [{ ip }, optOut, false],
        [{ ip, ipMode: "VIP" }, optOut, false],
      ];
    for (const [entry, annotations, isTaken] of table) {
      const web = service({ type: "LoadBalancer" }, {
        annotations,
        ingress: [entry],
      });
      const plan = planService(web, [slice([HERE])], context());
      const touched = entries(plan).some((text) => text.includes(ip));
      const keys = plan.frontends.map(({ key }) => key as string);
      assertEquals([touched, bound(plan).includes(ip)], [isTaken, isTaken]);
      assertEquals(
        keys.includes(`tcp/${ip}:80`),
        isTaken ? keys.length === 2 : false,
      );
    }
  },
);

Deno.test(
  "nodeport-everywhere: by default only the Node object's own addresses",
  none,
  () => {
    const host = new Map(
      Object.entries({
        lo: ["127.0.0.1"],
        eth0: ["192.0.2.1"],
        docker0: ["172.17.0.1"],
        virbr0: ["192.168.122.1"],
        "kube-ipvs0": ["203.0.113.1"],
      }).map(([device, list]) => [device, new Set(list as IpAddress[])]),
    );
    const decoded = decodeNode({
      metadata: { name: "n1" },
      status: { addresses: [{ type: "InternalIP", address: "192.0.2.1" }] },
    });
    const node = decoded.kind === "object" ? decoded.value : undefined;
    const chosen = selectNodePortAddresses([], host, {
      node,
      device: "kube-ipvs0",
    });
    const web = service({
      type: "NodePort",
      ports: [{ port: 80, nodePort: 30_080 }],
    });
    const plan = planService(
      web,
      [slice([HERE])],
      context({ nodePortAddresses: chosen }),
    );
    assertEquals(
      plan.frontends.filter(({ kind }) => kind === "node-port")
        .map(({ key }) => key as string),
      ["tcp/192.0.2.1:30080"],
    );
  },
);
