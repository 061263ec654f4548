/**
 * Defects of other proxies that users suffer from, by their slugs: the part
 * of each that is state. Each of these fails when the defect is put back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { IpAddress } from "#model";
import { type FrontendPlan, planService, selectNodePortAddresses } from "#plan";
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
const THERE = endpoint("10.0.0.2", "n2");
const DUAL = {
  clusterIPs: ["10.96.0.10", "fd00::10"],
  ipFamilies: ["IPv4", "IPv6"],
};

function realServers(item: FrontendPlan): readonly string[] {
  return item.virtualServers.flatMap((
    { realServers },
  ) => [...realServers.keys()]);
}

Deno.test(
  "itp-local-ignored: internal policy Local never goes to other nodes",
  none,
  () => {
    const specs = [
      { internalTrafficPolicy: "Local" },
      { internalTrafficPolicy: "Local", externalIPs: ["198.51.100.1"] },
      {
        internalTrafficPolicy: "Local",
        type: "NodePort",
        ports: [{ port: 80, nodePort: 30_080 }],
      },
    ];
    for (const spec of specs) {
      const plan = planService(service(spec), [slice([THERE])], context());
      const cluster = frontend(plan, "tcp/10.96.0.10:80");
      assertEquals(realServers(cluster), []);
      assertEquals([cluster.inside, cluster.outside], ["drop", "drop"]);
      assert(entries(plan).includes("drop 10.96.0.10,tcp:80"));
      assertEquals([plan.noLocalEndpoints.internal], [true]);
    }
  },
);

Deno.test(
  "scheduler-lockstep: nodes begin with different endpoints, and stay with theirs",
  none,
  () => {
    const endpoints = Array.from(
      { length: 10 },
      (_, index) => endpoint(`10.0.1.${index + 1}`, "n9"),
    );
    const first = (nodeName: string): string => {
      const plan = planService(
        service(),
        [slice(endpoints)],
        context({ nodeName }),
      );
      return realServers(frontend(plan, "tcp/10.96.0.10:80"))[0] ?? "";
    };
    const counts = new Map<string, number>();
    for (let node = 0; node < 50; node++) {
      const begins = first(`node-${node}`);
      assertEquals(first(`node-${node}`), begins, "stable over restarts");
      counts.set(begins, (counts.get(begins) ?? 0) + 1);
    }
    // 50 nodes, 10 endpoints, 5 expected each; 21.67 is the 99 % bound of the
    // chi-square distribution with 9 degrees of freedom.
    const missing = (10 - counts.size) * 5;
    const chiSquare = [...counts.values()]
      .reduce((sum, count) => sum + (count - 5) ** 2 / 5, missing);
    assert(chiSquare < 21.67, `chi-square ${chiSquare}`);
  },
);

Deno.test("sctp: every kind of frontend, in both families", none, () => {
  const ports = [{ port: 80, protocol: "SCTP", nodePort: 30_080 }];
  const spec = { ...DUAL, externalIPs: ["198.51.100.1", "2001:db8::9"], ports };
  const ingress = [{ ip: "203.0.113.1" }, { ip: "2001:db8::8" }];
  const slicePorts = [{ name: "", port: 8080, protocol: "SCTP" }];
  const slices = [
    slice([HERE, THERE], { ports: slicePorts }),
    slice([endpoint("fd00:1::1", "n1")], {
      addressType: "IPv6",
      ports: slicePorts,
    }),
  ];
  for (const externalTrafficPolicy of ["Cluster", "Local"]) {
    const web = service({ ...spec, externalTrafficPolicy }, { ingress });
    const plan = planService(web, slices, context());
    assertEquals(plan.frontends.length, 8);
    for (const item of plan.frontends) {
      const [plain] = item.virtualServers;
      assert(plain?.key.startsWith("--sctp-service "), plain?.key);
      assert(item.setEntries.some(({ element }) => element.includes(",sctp:")));
    }
    // Source addresses are kept: policy Local is not masqueraded outside.
    const masqueraded = entries(plan).filter((e) => e.startsWith("external "));
    assertEquals(masqueraded.length, externalTrafficPolicy === "Local" ? 0 : 6);
  }
});

Deno.test(
  "dual-stack-gaps: both families are planned alike, node ports too",
  none,
  () => {
    const spec = {
      ...DUAL,
      type: "NodePort",
      ports: [{ port: 80, nodePort: 30_080 }],
    };
    const slices = [
      slice([HERE]),
      slice([endpoint("fd00:1::1", "n1")], { addressType: "IPv6" }),
    ];
    const plan = planService(service(spec), slices, context());
    const shape = (isIpv6: boolean): unknown =>
      plan.frontends.filter(({ address }) => address.includes(":") === isIpv6)
        .map(({ kind, inside, outside, bind, virtualServers, setEntries }) => ({
          kind,
          inside,
          outside,
          bind,
          servers: virtualServers.length,
          sets: setEntries.map(({ set }) => set),
        }));
    const [ipv4, ipv6] = [false, true].map(shape);
    assertEquals(ipv6, ipv4);
    assertEquals(realServers(frontend(plan, "tcp/[2001:db8::1]:30080")), [
      "[fd00:1::1]:8080",
    ]);
    // Link-local is never used; a stale endpoint of one family goes by itself.
    const host = new Map([["eth0", new Set(["fe80::1"] as IpAddress[])]]);
    const all = selectNodePortAddresses(["::/0"] as never, host, {
      node: undefined,
      device: "kube-ipvs0",
    });
    assertEquals(all, []);
    const only4 = planService(service(spec), slices.slice(0, 1), context());
    assertEquals(frontend(only4, "tcp/[fd00::10]:80").inside, "refuse");
    assertEquals(frontend(only4, "tcp/10.96.0.10:80").inside, "serve");
  },
);

Deno.test("mh-no-fallback: mh is never without its fallback", none, () => {
  const prefix = "ipvs.kube-proxy.io/scheduler";
  const wishes: readonly Record<string, string>[] = [
    {},
    { [`${prefix}-flags`]: "" },
    { [`${prefix}-flags`]: "mh-port" },
    { [`${prefix}-flags`]: "mh-fallback" },
    { [prefix]: "mh" },
  ];
  for (const annotations of wishes) {
    const scheduler = annotations[prefix] === undefined ? "mh" : "rr";
    const web = service({}, { annotations });
    const plan = planService(web, [slice([HERE])], context({ scheduler }));
    const [server] = frontend(plan, "tcp/10.96.0.10:80").virtualServers;
    assertEquals(server?.scheduler, "mh");
    assert(server?.schedulerFlags.includes("mh-fallback"));
  }
  const usual = planService(
    service(),
    [slice([HERE])],
    context({ scheduler: "mh" }),
  );
  const [server] = frontend(usual, "tcp/10.96.0.10:80").virtualServers;
  assertEquals([...server?.schedulerFlags ?? []], ["mh-fallback", "mh-port"]);
});
