import { assertEquals } from "@std/assert";
import { planService } from "#plan";
import { context, endpoint, entries, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;

Deno.test("planService() gives the three answers", none, () => {
  const internal = service({ internalTrafficPolicy: "Local" });
  const table: readonly (readonly [readonly unknown[], string])[] = [
    [[], "refuse"],
    [[endpoint("10.0.0.2", "n2")], "drop"],
    [[endpoint("10.0.0.1", "n1")], "serve"],
  ];
  for (const [endpoints, answer] of table) {
    const plan = planService(internal, [slice(endpoints)], context());
    assertEquals(plan.frontends.map(({ inside }) => inside), [answer]);
  }
});

Deno.test(
  "planService() plans the families that Service and host share",
  none,
  () => {
    const dual = service({
      clusterIPs: ["10.96.0.10", "fd00::10"],
      ipFamilies: ["IPv4", "IPv6"],
    });
    const elements = (
      families: readonly ("ipv4" | "ipv6")[],
    ): readonly string[] =>
      entries(planService(dual, [], context({ families: new Set(families) })))
        .filter((text) => text.startsWith("refuse"));
    assertEquals(elements(["ipv4"]), ["refuse 10.96.0.10,tcp:80"]);
    assertEquals(elements(["ipv6"]), ["refuse fd00::10,tcp:80"]);
    assertEquals(elements(["ipv4", "ipv6"]).length, 2);
    assertEquals(elements([]), []);
  },
);

Deno.test("planService() says each thing that is wrong once", none, () => {
  const annotations = { "ipvs.kube-proxy.io/scheduler": "mh" };
  const dual = service({
    clusterIPs: ["10.96.0.10", "fd00::10"],
    ipFamilies: ["IPv4", "IPv6"],
  }, { annotations });
  const availableSchedulers = new Set(["rr" as const]);
  const plan = planService(dual, [], context({ availableSchedulers }));
  assertEquals(plan.rejections.map(({ object }) => object), [
    "Service default/web",
  ]);
});
