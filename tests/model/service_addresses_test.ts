import { assertEquals } from "@std/assert";
import { Rejections } from "../../mod/model/rejections.ts";
import {
  readClusterIps,
  readExternalIps,
  readList,
  readLoadBalancerIps,
  readSourceRanges,
  readVip,
} from "../../mod/model/service_addresses.ts";

const none = { permissions: "none" } as const;

function collect<Value>(
  read: (rejections: Rejections) => Value,
): readonly [Value, readonly string[]] {
  const rejections = new Rejections("Service a/b");
  const value = read(rejections);
  return [value, rejections.all().map(({ field }) => field)];
}

Deno.test(
  "readClusterIps() takes one address of each named family",
  none,
  () => {
    const table: readonly (readonly [unknown, unknown, readonly string[]])[] = [
      [{ clusterIP: "10.0.0.1", ipFamilies: ["IPv4"] }, ["10.0.0.1"], []],
      [
        { clusterIPs: ["fd00::1", "10.0.0.1"], ipFamilies: ["IPv6", "IPv4"] },
        ["fd00::1", "10.0.0.1"],
        [],
      ],
      [
        { clusterIPs: ["10.0.0.1", "10.0.0.2"], ipFamilies: ["IPv4", "IPv4"] },
        ["10.0.0.1"],
        [],
      ],
      [{ clusterIP: "10.0.0.1", clusterIPs: ["fd00::1"] }, ["10.0.0.1"], []],
      [{ clusterIP: "10.0.0.1", ipFamilies: "IPv4" }, undefined, [
        "spec.ipFamilies",
      ]],
      [{ clusterIP: "10.0.0.1", ipFamilies: ["IPv6"] }, undefined, [
        "spec.clusterIPs[0]",
      ]],
    ];
    for (const [spec, expected, fields] of table) {
      const seen = collect((rejections) => readClusterIps(spec, rejections));
      assertEquals(seen as unknown, [expected, fields]);
    }
  },
);

Deno.test("readVip() refuses what belongs to the node", none, () => {
  const texts = ["127.0.0.1", "169.254.169.254", "::1", "0.0.0.0", "x", 7];
  for (const text of texts) {
    const seen = collect((rejections) => readVip(text, "f", rejections));
    assertEquals(seen, [undefined, ["f"]]);
  }
});

Deno.test(
  "readExternalIps() drops blanks in silence and bad ones with a word",
  none,
  () => {
    const spec = { externalIPs: ["", " ", "198.51.100.1", "x", null] };
    assertEquals(
      collect((rejections) => readExternalIps(spec, rejections)) as unknown,
      [["198.51.100.1"], ["spec.externalIPs[3]", "spec.externalIPs[4]"]],
    );
  },
);

Deno.test("readLoadBalancerIps() takes ipMode VIP or none", none, () => {
  const ingress = [
    { ip: "203.0.113.1" },
    { ip: "203.0.113.2", ipMode: "VIP" },
    { ip: "203.0.113.3", ipMode: "Proxy" },
    { ip: "203.0.113.4", ipMode: "Future" },
    { hostname: "x" },
    { ip: "" },
    7,
  ];
  const object = { status: { loadBalancer: { ingress } } };
  assertEquals(
    collect((rejections) => readLoadBalancerIps(object, rejections)) as unknown,
    [
      ["203.0.113.1", "203.0.113.2"],
      ["status.loadBalancer.ingress[6]"],
    ],
  );
});

Deno.test(
  "readSourceRanges() tells none from none that can be read",
  none,
  () => {
    const table: readonly (readonly [unknown, unknown])[] = [
      [{}, "everybody"],
      [{ loadBalancerSourceRanges: [] }, "everybody"],
      [{ loadBalancerSourceRanges: ["x"] }, []],
      [{ loadBalancerSourceRanges: [" 10.1.2.3/8 "] }, ["10.0.0.0/8"]],
      [{ loadBalancerSourceRanges: 7 }, undefined],
    ];
    for (const [spec, expected] of table) {
      const seen = collect((rejections) => readSourceRanges(spec, rejections));
      assertEquals(seen[0] as unknown, expected);
    }
  },
);

Deno.test("readList() takes lists up to its bound", none, () => {
  const long = new Array(20_001).fill(0);
  assertEquals(collect((r) => readList(undefined, "f", r)), [[], []]);
  assertEquals(collect((r) => readList("x", "f", r)), [undefined, ["f"]]);
  assertEquals(collect((r) => readList(long, "f", r)), [undefined, ["f"]]);
  assertEquals(collect((r) => readList(long.slice(1), "f", r))[1], []);
});
