import { assertEquals } from "@std/assert";
import type { IpAddress } from "../../mod/model/mod.ts";
import { planService } from "../../mod/plan/mod.ts";
import { context, endpoint, entries, service, slice } from "./objects.ts";

const PURE = { permissions: "none" } as const;
const VIP = "198.51.100.7";

/** What the sets hold for a load-balancer Service with these ranges. */
function ranged(
  ranges: readonly string[],
  annotations: Record<string, string> = {},
): readonly string[] {
  const plan = planService(
    service(
      {
        type: "LoadBalancer",
        ports: [{ protocol: "TCP", port: 80, nodePort: 30080 }],
        loadBalancerSourceRanges: ranges,
      },
      { annotations, ingress: [{ ip: VIP }] },
    ),
    [slice([endpoint("10.1.0.1", "n1")])],
    context({
      nodeAddresses: ["192.0.2.1"] as IpAddress[],
      nodePortAddresses: ["192.0.2.1"] as IpAddress[],
    }),
  );
  return entries(plan).filter((text) =>
    text.startsWith("restricted") || text.startsWith("source-ranges")
  );
}

Deno.test(
  "lb-source-ranges: the node itself is let in when a range has one of its addresses, and only then",
  PURE,
  () => {
    assertEquals(ranged(["203.0.113.0/24"]), [
      `restricted ${VIP},tcp:80`,
      `source-ranges ${VIP},tcp:80,203.0.113.0/24`,
    ]);
    assertEquals(ranged(["203.0.113.0/24", "192.0.2.0/28"]), [
      `restricted ${VIP},tcp:80`,
      `source-ranges ${VIP},tcp:80,203.0.113.0/24`,
      `source-ranges ${VIP},tcp:80,192.0.2.0/28`,
      `source-ranges ${VIP},tcp:80,${VIP}`,
    ]);
  },
);

Deno.test(
  "lb-source-ranges: node ports are limited too when the Service asks for it",
  PURE,
  () => {
    const asked = { "ipvs.kube-proxy.io/restrict-node-ports": "true" };
    assertEquals(ranged(["203.0.113.0/24"], asked), [
      `restricted ${VIP},tcp:80`,
      `source-ranges ${VIP},tcp:80,203.0.113.0/24`,
      "restricted 192.0.2.1,tcp:30080",
      "source-ranges 192.0.2.1,tcp:30080,203.0.113.0/24",
    ]);
    const refused = { "ipvs.kube-proxy.io/restrict-node-ports": "yes" };
    assertEquals(ranged(["203.0.113.0/24"], refused).length, 2);
    assertEquals(ranged(["0.0.0.0/0"], asked), []);
  },
);
