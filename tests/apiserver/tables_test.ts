import { assertEquals } from "@std/assert";
import { at, type Json, type JsonObject, listOf } from "./json.ts";
import { kindNamed } from "./kinds.ts";
import { tableOf } from "./tables.ts";

const PURE = { permissions: "none" } as const;
const MADE = "2026-01-01T00:00:00Z";

function cells(kind: string, object: JsonObject, seconds = 5): Json {
  const metadata = { name: "x", creationTimestamp: MADE };
  const table = tableOf(kindNamed(kind), [{ metadata, ...object }], {
    metadata: {},
    nowMs: Date.parse(MADE) + seconds * 1000,
  });
  return at(listOf(table["rows"])[0], "cells") ?? null;
}

Deno.test.each([
  [
    "Service",
    {
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.1",
        ports: [{ port: 80, nodePort: 30080, protocol: "TCP" }, {
          port: 53,
          protocol: "UDP",
        }],
        selector: { a: "b" },
      },
    },
    [
      "x",
      "LoadBalancer",
      "10.96.0.1",
      "<pending>",
      "80:30080/TCP,53/UDP",
      "5s",
      "a=b",
    ],
  ],
  [
    "EndpointSlice",
    {
      addressType: "IPv4",
      endpoints: [1, 2, 3, 4].map((n) => ({ addresses: [`10.0.0.${n}`] })),
      ports: [{ port: 8080 }],
    },
    ["x", "IPv4", "8080", "10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...", "5s"],
  ],
  [
    "Node",
    {
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      },
    },
    ["x", "Ready", "<none>", "5s", "<none>", "10.0.0.1", "<none>"],
  ],
  ["ServiceCIDR", { spec: { cidrs: ["10.96.0.0/12"] } }, [
    "x",
    "10.96.0.0/12",
    "5s",
  ]],
  ["Service", { spec: "odd" }, [
    "x",
    "<none>",
    "<none>",
    "<none>",
    "<none>",
    "5s",
    "<none>",
  ]],
])("the row of a %s with %j is right", PURE, (kind, object, expected) => {
  assertEquals(cells(kind, object as JsonObject), expected as Json);
});

Deno.test.each([[119, "119s"], [120, "2m"], [7200, "2h"], [172_800, "2d"]])(
  "an age of %d seconds reads %s",
  PURE,
  (seconds, expected) => {
    const row = cells("Namespace", { status: { phase: "Active" } }, seconds);
    assertEquals(row, ["x", "Active", expected]);
  },
);
