import { assertEquals } from "@std/assert";
import {
  healthCheckHosts,
  openHealthChecks,
} from "../../mod/cli/health_checks.ts";
import { ClusterModel } from "../../mod/model/cluster.ts";
import type { IpAddress, IpFamily } from "../../mod/model/types.ts";
import { snapshotOf } from "../observe/support.ts";
import { settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;
const DUAL: readonly IpFamily[] = ["ipv4", "ipv6"];

for (
  const [addresses, families, expected] of [
    ["", DUAL, ["::"]],
    ["", ["ipv4"], ["0.0.0.0"]],
    ["0.0.0.0/0,::/0", DUAL, ["::"]],
    ["192.0.2.0/24,2001:db8::/64", DUAL, ["192.0.2.1", "2001:db8::1"]],
    ["0.0.0.0/0,2001:db8::/64", DUAL, ["0.0.0.0", "2001:db8::1"]],
    // A server on "::" answers IPv4 too: no other can stand beside it.
    ["192.0.2.0/24", DUAL, ["::"]],
    ["192.0.2.0/24", ["ipv4"], ["192.0.2.1"]],
    ["198.51.100.0/24", ["ipv4"], []],
  ] as const
) {
  Deno.test(
    `healthCheckHosts() with node port addresses "${addresses}" and ` +
      `${families.join("+")} are ${expected.join(", ") || "none"}`,
    NOTHING,
    () => {
      const hosts = healthCheckHosts({
        settings: settingsOf(
          ...addresses === "" ? [] : [`--nodeport-addresses=${addresses}`],
        ),
        families: new Set(families),
        model: new ClusterModel({ nodeName: "node-1" }),
        hostAddresses: new Map([
          ["lo", new Set(["127.0.0.1" as IpAddress])],
          [
            "eth0",
            new Set(["192.0.2.1", "203.0.113.1", "2001:db8::1"] as IpAddress[]),
          ],
          ["kube-ipvs0", new Set(["192.0.2.77" as IpAddress])],
        ]),
      });
      assertEquals(hosts, [...expected]);
    },
  );
}

Deno.test("openHealthChecks() opens nothing by itself", NOTHING, () => {
  const settings = settingsOf();
  const model = new ClusterModel({ nodeName: "node-1" });
  const families = new Set<IpFamily>(["ipv4"]);
  const ports = openHealthChecks({
    settings,
    model,
    families,
    agent: {
      snapshot: () => snapshotOf(),
      plans: new Map(),
      inspect: () => undefined,
    },
    nowMs: () => 0,
    report: () => {},
    view: {
      settings,
      model,
      families,
      nodeName: "node-1",
      randomFully: true,
      markOf: () => 1,
    },
  });
  assertEquals(ports.counts, { open: 0, failed: 0 });
  ports.close();
});
