import { assertEquals } from "@std/assert";
import { decodeService } from "#model";
import { service } from "./objects.ts";

const none = { permissions: "none" } as const;

Deno.test("decodeService() gives all that is read of a Service", none, () => {
  const object = service({
    type: "LoadBalancer",
    externalIPs: ["198.51.100.1", "2001:db8::1"],
    externalTrafficPolicy: "Local",
    internalTrafficPolicy: "Local",
    healthCheckNodePort: 32000,
    loadBalancerSourceRanges: ["10.0.0.0/8"],
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    ports: [
      { name: "http", protocol: "TCP", port: 80, nodePort: 30080 },
      { name: "dns", protocol: "UDP", port: 53 },
    ],
  }, {
    metadata: {
      namespace: "default",
      name: "web",
      uid: "u-1",
      creationTimestamp: "1970-01-01T00:00:05Z",
      annotations: { "ipvs.kube-proxy.io/drain-limit": "2m" },
    },
    status: {
      loadBalancer: {
        ingress: [{ ip: "203.0.113.1" }, {
          ip: "203.0.113.2",
          ipMode: "Proxy",
        }],
      },
    },
  });
  assertEquals(decodeService(object) as unknown, {
    kind: "object",
    rejections: [],
    value: {
      name: "default/web",
      uid: "u-1",
      createdMs: 5000,
      type: "LoadBalancer",
      clusterIps: ["10.96.0.10"],
      externalIps: ["198.51.100.1", "2001:db8::1"],
      loadBalancerIps: ["203.0.113.1"],
      sourceRanges: ["10.0.0.0/8"],
      internalTrafficPolicy: "local",
      externalTrafficPolicy: "local",
      healthCheckNodePort: 32000,
      persistenceTimeoutSeconds: 60,
      ports: [
        { name: "http", protocol: "tcp", port: 80, nodePort: 30080 },
        { name: "dns", protocol: "udp", port: 53 },
      ],
      wishes: { leaveAlone: new Set(), drainLimitSeconds: 120 },
    },
  });
});

Deno.test("decodeService() tells absent from malformed", none, () => {
  const label = { "service.kubernetes.io/service-proxy-name": "" };
  const metadata = { namespace: "default", name: "web", labels: label };
  const table: readonly (readonly [string, unknown, string])[] = [
    ["usual", service(), "object"],
    ["headless", service({ clusterIP: "None" }), "absent"],
    [
      "no cluster IP",
      service({ clusterIP: undefined, clusterIPs: undefined }),
      "absent",
    ],
    ["ExternalName", service({ type: "ExternalName" }), "absent"],
    ["other proxy", service({}, { metadata }), "absent"],
    [
      "cluster IPs alone",
      service({ clusterIP: "", clusterIPs: 7 }),
      "malformed",
    ],
    [
      "no cluster IPs yet",
      service({ clusterIP: "", clusterIPs: [] }),
      "absent",
    ],
    ["bad cluster IP", service({ clusterIPs: ["x"] }), "malformed"],
    ["no ports", service({ ports: [] }), "malformed"],
    ["no spec", { metadata: { namespace: "a", name: "b" } }, "malformed"],
    ["no name", service({}, { metadata: { namespace: "a" } }), "malformed"],
    ["a list", [], "malformed"],
    ["null", null, "malformed"],
    ["text", "Service", "malformed"],
  ];
  for (const [name, object, kind] of table) {
    assertEquals(decodeService(object).kind, kind, name);
  }
});

Deno.test("decodeService() takes no uid with odd bytes", none, () => {
  const metadata = { namespace: "a", name: "b", uid: "x\ny" };
  const decoded = decodeService(service({}, { metadata }));
  assertEquals(decoded.kind === "object" && decoded.value.uid, "");
});

Deno.test(
  "decodeService() refuses lists beyond its bound at once",
  none,
  () => {
    const ports = Array.from({ length: 500_000 }, () => ({ port: 80 }));
    assertEquals(decodeService(service({ ports })).kind, "malformed");
    const externalIPs = Array.from({ length: 500_000 }, () => "x");
    assertEquals(decodeService(service({ externalIPs })).kind, "malformed");
  },
);
