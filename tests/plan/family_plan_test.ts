import { assertEquals } from "@std/assert";
import { planFrontends } from "../../mod/plan/family_plan.ts";
import { context, endpoint, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const THERE = endpoint("10.0.0.2", "n2");

function noLocal(spec: Record<string, unknown>): readonly boolean[] {
  const plan = planFrontends(service(spec), [slice([THERE])], {
    family: "ipv4",
    context: context(),
    reject: () => {},
  });
  const { internal, external } = plan.noLocalEndpoints;
  return [internal, external];
}

Deno.test(
  "planFrontends() counts policies without local endpoint",
  none,
  () => {
    const table:
      readonly (readonly [Record<string, unknown>, boolean, boolean])[] = [
        [{}, false, false],
        [{ internalTrafficPolicy: "Local" }, true, false],
        [{ type: "NodePort", externalTrafficPolicy: "Local" }, false, false],
        [
          {
            type: "NodePort",
            externalTrafficPolicy: "Local",
            ports: [{ port: 80, nodePort: 30_080 }],
          },
          false,
          true,
        ],
        [
          {
            externalIPs: ["198.51.100.1"],
            externalTrafficPolicy: "Local",
            internalTrafficPolicy: "Local",
          },
          true,
          true,
        ],
      ];
    for (const [spec, internal, external] of table) {
      assertEquals(noLocal(spec), [internal, external]);
    }
  },
);

Deno.test(
  "planFrontends() shares real servers between frontends of a port",
  none,
  () => {
    const web = service({ externalIPs: ["198.51.100.1"] });
    const { frontends } = planFrontends(web, [slice([THERE])], {
      family: "ipv4",
      context: context(),
      reject: () => {},
    });
    const maps = new Set(
      frontends.flatMap((item) => item.virtualServers)
        .map(({ realServers }) => realServers),
    );
    assertEquals([frontends.length, maps.size], [2, 1]);
  },
);
