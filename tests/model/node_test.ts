import { assert, assertEquals } from "@std/assert";
import { type ClusterNode, decodeNode } from "#model";

const none = { permissions: "none" } as const;

function decode(object: unknown): ClusterNode {
  const decoded = decodeNode(object);
  assert(decoded.kind === "object");
  return decoded.value;
}

Deno.test("decodeNode() puts InternalIPs first and drops doubles", none, () => {
  const addresses = [
    { type: "Hostname", address: "n1" },
    { type: "ExternalIP", address: "203.0.113.1" },
    { type: "InternalIP", address: "192.0.2.1" },
    { type: "InternalIP", address: "2001:DB8::1" },
    { type: "ExternalIP", address: "192.0.2.1" },
    { type: "InternalIP", address: "nonsense" },
  ];
  const decoded = decodeNode({
    metadata: { name: "n1" },
    status: { addresses },
  });
  assert(decoded.kind === "object");
  assertEquals([...decoded.value.addresses] as string[], [
    "192.0.2.1",
    "2001:db8::1",
    "203.0.113.1",
  ]);
  assertEquals(decoded.rejections.map(({ field }) => field), [
    "status.addresses[5].address",
  ]);
});

Deno.test("decodeNode() reads zone and pod networks", none, () => {
  const zoned = decode({
    metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "a" } },
    spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24", "fd00::/64"] },
  });
  assertEquals(zoned.zone, "a");
  assertEquals([...zoned.podCidrs] as string[], ["10.1.0.0/24", "fd00::/64"]);
  const old = decode({
    metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "" } },
    spec: { podCIDR: "10.1.0.0/24" },
  });
  assertEquals(["zone" in old], [false]);
  assertEquals([...old.podCidrs] as string[], ["10.1.0.0/24"]);
});

// Behaviour 13.159, 13.160.
Deno.test(
  "decodeNode() says whether load balancers may use the node",
  none,
  () => {
    const taint = "ToBeDeletedByClusterAutoscaler";
    const table: readonly (readonly [unknown, unknown, boolean])[] = [
      [{ name: "n1" }, {}, true],
      [{ name: "n1" }, { taints: [{ key: "other" }] }, true],
      [
        { name: "n1" },
        { taints: [{ key: taint, effect: "NoSchedule" }] },
        false,
      ],
      [{ name: "n1" }, { taints: [{ key: taint }] }, false],
      [{ name: "n1" }, { taints: "oops" }, true],
      [{ name: "n1", deletionTimestamp: "2026-01-01T00:00:00Z" }, {}, false],
    ];
    for (const [metadata, spec, expected] of table) {
      assertEquals(decode({ metadata, spec }).eligible, expected);
    }
  },
);

Deno.test("decodeNode() refuses what is no node", none, () => {
  for (
    const object of [null, 7, {}, { metadata: { name: "N 1" } }, {
      metadata: { name: "n1" },
      status: { addresses: "x" },
    }, { metadata: { name: "n1" }, spec: { podCIDRs: 7 } }]
  ) {
    assertEquals(decodeNode(object).kind, "malformed");
  }
});
