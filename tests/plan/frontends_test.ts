import { assertEquals } from "@std/assert";
import type { IpAddress } from "#model";
import { GUARDED_PORTS, type PlanContext } from "#plan";
import { listFrontends } from "../../mod/plan/frontends.ts";
import { context, service } from "./objects.ts";

const none = { permissions: "none" } as const;

function list(
  web: ReturnType<typeof service>,
  rest: Partial<PlanContext> = {},
): readonly [readonly string[], readonly string[]] {
  const reasons: string[] = [];
  const frontends = listFrontends(web, "ipv4", {
    context: context(rest),
    reject: (_, reason) => void reasons.push(reason),
  });
  return [
    frontends.map(({ kind, key, bind }) =>
      `${kind} ${key}${bind ? " bind" : ""}`
    ),
    reasons,
  ];
}

Deno.test(
  "listFrontends() gives one for each address, port and protocol",
  none,
  () => {
    const web = service({
      externalIPs: ["198.51.100.1", "203.0.113.1"],
      ports: [{ port: 80, nodePort: 30_080 }],
    }, { ingress: [{ ip: "203.0.113.1" }] });
    assertEquals(list(web), [[
      "cluster-ip tcp/10.96.0.10:80 bind",
      "load-balancer tcp/203.0.113.1:80 bind",
      "external-ip tcp/198.51.100.1:80 bind",
      "node-port tcp/192.0.2.1:30080",
    ], []]);
  },
);

Deno.test(
  "listFrontends() guards the ports by which the node is run",
  none,
  () => {
    for (const port of GUARDED_PORTS) {
      const web = service({
        externalIPs: ["192.0.2.1"],
        ports: [{ name: "a", port }, { name: "b", port, protocol: "UDP" }],
      });
      const [frontends, reasons] = list(web);
      assertEquals(frontends.filter((text) => text.startsWith("external")), [
        `external-ip udp/192.0.2.1:${port}`,
      ]);
      assertEquals(reasons, [
        `Cannot take TCP port ${port} of 192.0.2.1: the address is this node's ` +
        "own and the port is one by which it is run",
      ]);
    }
  },
);

Deno.test(
  "listFrontends() names the owner of an address that it does not take",
  none,
  () => {
    const address = "198.51.100.1" as IpAddress;
    const foreignAddresses = new Map([[address, "node n2"]]);
    const web = service({ externalIPs: [address] });
    assertEquals(list(web, { foreignAddresses })[1], [
      "Cannot take 198.51.100.1 here: it is an address of node n2",
    ]);
  },
);
