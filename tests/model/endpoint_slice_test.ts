import { assert, assertEquals } from "@std/assert";
import { decodeEndpointSlice } from "#model";
import { slice } from "./objects.ts";

const none = { permissions: "none" } as const;

Deno.test(
  "decodeEndpointSlice() gives all that is read of a slice",
  none,
  () => {
    const object = slice({
      metadata: {
        namespace: "default",
        name: "web-1",
        labels: { "kubernetes.io/service-name": "web" },
        annotations: {
          "endpoints.kubernetes.io/last-change-trigger-time":
            "1970-01-01T00:00:07.5Z",
        },
      },
      endpoints: [
        {
          addresses: ["10.244.0.1", "10.244.0.2"],
          conditions: { ready: false, serving: true, terminating: true },
          nodeName: "n1",
          zone: "a",
          hints: { forZones: [{ name: "a" }], forNodes: [{ name: "n1" }] },
        },
        { addresses: ["10.244.0.3"] },
      ],
    });
    assertEquals(decodeEndpointSlice(object) as unknown, {
      kind: "object",
      rejections: [],
      value: {
        name: "default/web-1",
        service: "default/web",
        family: "ipv4",
        ports: [{ name: "", protocol: "tcp", port: 8080 }],
        endpoints: [
          {
            address: "10.244.0.1",
            ready: false,
            serving: true,
            terminating: true,
            nodeName: "n1",
            zone: "a",
            zoneHints: ["a"],
            nodeHints: ["n1"],
          },
          {
            address: "10.244.0.3",
            ready: true,
            serving: true,
            terminating: false,
            zoneHints: [],
            nodeHints: [],
          },
        ],
        triggerMs: 7500,
      },
    });
  },
);

Deno.test(
  "decodeEndpointSlice() reads conditions that are not said",
  none,
  () => {
    const table: readonly (readonly [unknown, readonly boolean[]])[] = [
      [undefined, [true, true, false]],
      [{}, [true, true, false]],
      [null, [true, true, false]],
      [{ ready: null, serving: null, terminating: null }, [true, true, false]],
      [{ ready: false }, [false, false, false]],
      [{ ready: false, serving: true }, [false, true, false]],
      [{ ready: false, terminating: true }, [false, false, true]],
      [{ ready: true, serving: false }, [true, false, false]],
    ];
    for (const [conditions, expected] of table) {
      const endpoints = [{ addresses: ["10.0.0.1"], conditions }];
      const decoded = decodeEndpointSlice(slice({ endpoints }));
      assert(decoded.kind === "object");
      const [endpoint] = decoded.value.endpoints;
      assertEquals(
        [endpoint?.ready, endpoint?.serving, endpoint?.terminating],
        [...expected],
      );
    }
  },
);

Deno.test("decodeEndpointSlice() tells absent from malformed", none, () => {
  const meta = (labels: unknown): unknown => ({
    namespace: "default",
    name: "web-1",
    labels,
  });
  const headless = {
    "kubernetes.io/service-name": "web",
    "service.kubernetes.io/headless": "",
  };
  const table: readonly (readonly [string, unknown, string])[] = [
    ["usual", slice(), "object"],
    ["nothing in it", slice({ endpoints: null, ports: null }), "object"],
    ["headless", slice({ metadata: meta(headless) }), "absent"],
    ["no label", slice({ metadata: meta({}) }), "absent"],
    ["names", slice({ addressType: "FQDN" }), "absent"],
    ["no type", slice({ addressType: undefined }), "malformed"],
    [
      "odd service",
      slice({
        metadata: meta({ "kubernetes.io/service-name": "a b" }),
      }),
      "malformed",
    ],
    ["ports no list", slice({ ports: {} }), "malformed"],
    ["endpoint no object", slice({ endpoints: ["10.0.0.1"] }), "malformed"],
    ["null", null, "malformed"],
    ["number", 7, "malformed"],
  ];
  for (const [name, object, kind] of table) {
    assertEquals(decodeEndpointSlice(object).kind, kind, name);
  }
});

Deno.test("decodeEndpointSlice() keeps few and short hints", none, () => {
  const forZones = Array.from(
    { length: 10_000 },
    (_, i) => ({ name: `z${i}` }),
  );
  const long = { name: "z".repeat(1000) };
  const endpoints = [
    { addresses: ["10.0.0.1"], hints: { forZones } },
    { addresses: ["10.0.0.2"], hints: { forZones: [long, 7, {}] } },
    { addresses: ["10.0.0.3"], nodeName: "n".repeat(1000), zone: 7 },
  ];
  const decoded = decodeEndpointSlice(slice({ endpoints }));
  assert(decoded.kind === "object");
  const seen = decoded.value.endpoints.map(({ zoneHints }) => zoneHints.length);
  assertEquals(seen, [64, 0, 0]);
  assertEquals(decoded.value.endpoints[2]?.nodeName, undefined);
});
