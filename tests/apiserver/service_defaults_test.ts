import { assertEquals } from "@std/assert";
import { Allocator } from "./allocator.ts";
import { at, type Json, type JsonObject, listOf } from "./json.ts";
import { withServiceDefaults, withSliceDefaults } from "./service_defaults.ts";

const PURE = { permissions: "none" } as const;
const BOTH = ["10.96.0.0/16", "fd00:10:96::/112"];

function defaults(
  spec: JsonObject,
  cidrs: readonly string[] = BOTH,
  previous?: JsonObject,
): JsonObject {
  const allocator = new Allocator(cidrs);
  const after = withServiceDefaults({ spec }, previous, allocator);
  return after["spec"] as JsonObject;
}

const PORTS = [{ port: 80 }];

/** Spec, the field that is looked at, and what it must be. */
const CASES: readonly (readonly [JsonObject, string, Json | undefined])[] = [
  [{}, "type", "ClusterIP"],
  [{}, "clusterIPs", ["10.96.0.100"]],
  [{}, "internalTrafficPolicy", "Cluster"],
  [{}, "externalTrafficPolicy", undefined],
  [{ externalIPs: ["192.0.2.1"] }, "externalTrafficPolicy", "Cluster"],
  [{ type: "NodePort" }, "externalTrafficPolicy", "Cluster"],
  [{ clusterIP: "None" }, "clusterIPs", ["None"]],
  [{ clusterIP: "10.96.0.9" }, "clusterIPs", ["10.96.0.9"]],
  [{ clusterIP: "fd00:10:96::9" }, "ipFamilies", ["IPv6"]],
  [{ ipFamilies: ["IPv6"] }, "clusterIP", "fd00:10:96::64"],
  [{ ipFamilyPolicy: "PreferDualStack" }, "clusterIPs", [
    "10.96.0.100",
    "fd00:10:96::64",
  ]],
  [{ ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] }, "ipFamilies", [
    "IPv6",
    "IPv4",
  ]],
  [{ sessionAffinity: "ClientIP" }, "sessionAffinityConfig", {
    clientIP: { timeoutSeconds: 10800 },
  }],
  [{ sessionAffinity: "None" }, "sessionAffinityConfig", undefined],
  [{ type: "LoadBalancer" }, "allocateLoadBalancerNodePorts", true],
  [
    { type: "LoadBalancer", externalTrafficPolicy: "Local" },
    "healthCheckNodePort",
    30001,
  ],
  [
    { type: "NodePort", externalTrafficPolicy: "Local" },
    "healthCheckNodePort",
    undefined,
  ],
  [{ type: "ExternalName", externalName: "a.b" }, "clusterIP", undefined],
  [{ type: "ExternalName", externalName: "a.b" }, "sessionAffinity", "None"],
];

Deno.test.each(CASES)(
  "a Service with %j has %s %j",
  PURE,
  (spec, field, expected) => {
    assertEquals(defaults({ ports: PORTS, ...spec })[field], expected);
  },
);

Deno.test.each([
  [{ type: "ClusterIP" }, undefined],
  [{ type: "NodePort" }, 30000],
  [{ type: "LoadBalancer" }, 30000],
  [{ type: "LoadBalancer", allocateLoadBalancerNodePorts: false }, undefined],
])("a port of a Service with %j has node port %s", PURE, (spec, expected) => {
  const [port] = listOf(defaults({ ports: PORTS, ...spec })["ports"]);
  assertEquals(at(port, "nodePort"), expected);
});

Deno.test(
  "a second family that there is no range for is left out",
  PURE,
  () => {
    const spec = defaults({ ports: PORTS, ipFamilyPolicy: "PreferDualStack" }, [
      "10.96.0.0/16",
    ]);
    assertEquals(spec["clusterIPs"], ["10.96.0.100"]);
  },
);

Deno.test("addresses of before are kept", PURE, () => {
  const previous = {
    spec: { clusterIP: "10.96.0.5", clusterIPs: ["10.96.0.5"] },
  };
  const spec = defaults(
    { ports: PORTS, ipFamilyPolicy: "PreferDualStack" },
    BOTH,
    previous,
  );
  assertEquals(spec["clusterIPs"], ["10.96.0.5", "fd00:10:96::64"]);
});

Deno.test("a slice has a protocol and a name for each port", PURE, () => {
  const slice = withSliceDefaults({
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"] }],
    ports: [{ port: 1 }, { name: "dns", port: 53, protocol: "UDP" }],
  });
  assertEquals(slice, {
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: {} }],
    ports: [
      { port: 1, name: "", protocol: "TCP" },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  });
});
