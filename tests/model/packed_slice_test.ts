import { assert, assertEquals } from "@std/assert";
import type {
  EndpointSlice,
  IpAddress,
  ServiceName,
  SliceEndpoint,
  SliceName,
} from "#model";
import {
  isSamePacked,
  packSlice,
  unpackSlice,
} from "../../mod/model/packed_slice.ts";

const none = { permissions: "none" } as const;

const NONE: readonly string[] = [];
const READY = {
  ready: true,
  serving: true,
  terminating: false,
  zoneHints: NONE,
  nodeHints: NONE,
};

function endpoint(
  address: string,
  more: Partial<SliceEndpoint> = {},
): SliceEndpoint {
  return { address: address as IpAddress, ...READY, ...more };
}

function slice(endpoints: readonly SliceEndpoint[]): EndpointSlice {
  return {
    name: "default/web-1" as SliceName,
    service: "default/web" as ServiceName,
    family: "ipv4",
    ports: [{ name: "", protocol: "tcp", port: 80 }],
    endpoints,
    triggerMs: 5,
  };
}

/** Endpoints that differ in one thing each. */
const ENDPOINTS = [
  endpoint("10.0.0.1"),
  endpoint("10.0.0.2", { ready: false }),
  endpoint("10.0.0.2", { ready: false, serving: false }),
  endpoint("fd00::1", { terminating: true }),
  endpoint("10.0.0.3", { nodeName: "a" }),
  endpoint("10.0.0.3", { zone: "a" }),
  endpoint("10.0.0.3", { nodeName: "a", zone: "b" }),
  endpoint("10.0.0.3", { nodeName: "a b" }),
  endpoint("10.0.0.3", { zoneHints: ["a"] }),
  endpoint("10.0.0.3", { nodeHints: ["a"] }),
  endpoint("10.0.0.3", { zoneHints: ["a", "b"] }),
];

Deno.test("unpackSlice() gives what packSlice() took", none, () => {
  const lists = [[], ...ENDPOINTS.map((one) => [one]), ENDPOINTS];
  for (const endpoints of lists) {
    const given = slice(endpoints);
    assertEquals(unpackSlice(packSlice(given)), given);
  }
});

Deno.test("packSlice() shares the states of equal endpoints", none, () => {
  const [first] = packSlice(slice([endpoint("10.0.0.1", { zone: "a" })]))
    .states;
  const many = packSlice(
    slice([
      endpoint("10.0.0.2", { zone: "a" }),
      endpoint("10.0.0.3", { zone: "a" }),
    ]),
  );
  assertEquals(many.states.length, 1);
  assert(many.states[0] === first);
});

Deno.test("isSamePacked() sees every difference but the time", none, () => {
  const packed = ENDPOINTS.map((one) => packSlice(slice([one])));
  for (const [at, one] of packed.entries()) {
    for (const [other, two] of packed.entries()) {
      assertEquals(isSamePacked(one, two), at === other, `${at} ${other}`);
    }
  }
  const [one] = packed;
  assert(one !== undefined && isSamePacked(one, { ...one, triggerMs: 9 }));
  assert(!isSamePacked(one, { ...one, ports: [] }));
});
