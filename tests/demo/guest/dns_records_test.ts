import { assertEquals } from "@std/assert";
import { hostsFile, resolvConf } from "./dns_records.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "hostsFile() has a line for each Service, in a fixed order",
  PURE,
  () => {
    const text = hostsFile([
      { namespace: "default", name: "db", clusterIp: "10.96.0.12" },
      { namespace: "kube-system", name: "kube-dns", clusterIp: "10.96.0.10" },
    ]);
    assertEquals(
      text,
      "10.96.0.10 kube-dns.kube-system.svc.cluster.local\n" +
        "10.96.0.12 db.default.svc.cluster.local\n",
    );
  },
);

Deno.test("resolvConf() searches the pod's namespace first", PURE, () => {
  assertEquals(
    resolvConf("10.96.0.10", "default"),
    "nameserver 10.96.0.10\n" +
      "search default.svc.cluster.local svc.cluster.local cluster.local\n" +
      "options ndots:5\n",
  );
});
