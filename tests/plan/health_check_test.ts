import { assertEquals } from "@std/assert";
import type { IpAddress, IpFamily } from "#model";
import { planService } from "#plan";
import { readyLocalAddresses } from "../../mod/plan/health_check.ts";
import { context, endpoint, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const ENDING = { ready: false, serving: true, terminating: true };

Deno.test(
  "readyLocalAddresses() finds addresses, ready and here",
  none,
  () => {
    const web = service({
      ports: [{ name: "a", port: 1 }, { name: "b", port: 2 }],
    });
    const ports = [{ name: "a", port: 8080 }, { name: "b", port: 8081 }];
    const slices = [slice([
      endpoint("10.0.0.1", "n1"),
      endpoint("10.0.0.2", "n1"),
      endpoint("10.0.0.3", "n1", ENDING),
      endpoint("10.0.0.4", "n2"),
    ], { ports })];
    const count = (nodeName: string): number =>
      readyLocalAddresses(web, slices, { family: "ipv4", nodeName }).length;
    assertEquals([count("n1"), count("n2"), count("n3"), count("")], [
      2,
      1,
      0,
      0,
    ]);
  },
);

Deno.test(
  "a pod with two addresses is one endpoint of a dual-stack Service",
  none,
  () => {
    const dual = service({
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      healthCheckNodePort: 31_000,
      clusterIPs: ["10.96.0.10", "fd00::10"],
      ipFamilies: ["IPv4", "IPv6"],
    });
    const slices = [
      slice([endpoint("10.0.0.1", "n1")]),
      slice([endpoint("fd00:1::1", "n1")], { addressType: "IPv6" }),
    ];
    assertEquals(planService(dual, slices, context()).healthCheck, {
      port: 31_000,
      localEndpoints: 1,
      localAddresses: new Map<IpFamily, readonly IpAddress[]>([
        ["ipv4", ["10.0.0.1" as IpAddress]],
        ["ipv6", ["fd00:1::1" as IpAddress]],
      ]),
    });
  },
);
