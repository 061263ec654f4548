/**
 * Objects as large as an API server could let through, and larger, cost a
 * bounded amount of work: the agent goes on for everybody else.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeEndpointSlice, decodeService } from "#model";
import { planService } from "#plan";
import { MAX_REAL_SERVERS } from "../../mod/plan/family_plan.ts";
import { context, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;

function times<Item>(count: number, make: (at: number) => Item): Item[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

function address(at: number): string {
  return `10.${200 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
}

Deno.test(
  "20,000 addresses times 20,000 ports are refused when decoded",
  none,
  () => {
    const ports = times(20_000, (at) => ({ name: `p${at}`, port: at + 1 }));
    const decoded = decodeService({
      metadata: { namespace: "default", name: "web" },
      spec: {
        clusterIP: "10.96.0.1",
        ports,
        externalIPs: times(20_000, address),
      },
    });
    assert(decoded.kind === "malformed");
    assertEquals(decoded.rejections.map(({ field }) => field), ["spec"]);
  },
);

Deno.test("source ranges that multiply are refused when decoded", none, () => {
  const ingress = times(100, (at) => ({ ip: address(at) }));
  const loadBalancerSourceRanges = times(20_000, (at) => `${address(at)}/32`);
  const decoded = decodeService({
    metadata: { namespace: "default", name: "web" },
    spec: {
      clusterIP: "10.96.0.1",
      ports: [{ port: 80 }],
      loadBalancerSourceRanges,
    },
    status: { loadBalancer: { ingress } },
  });
  assertEquals(decoded.kind, "malformed");
});

Deno.test(
  "many ports times many endpoints are planned up to a bound",
  none,
  () => {
    const names = times(5000, (at) => ({ name: `p${at}`, port: at + 1 }));
    const web = service({ ports: names });
    const endpoints = times(1000, (at) => ({ addresses: [address(at)] }));
    const plan = planService(
      web,
      [slice(endpoints, { ports: names })],
      context(),
    );
    assertEquals(plan.frontends.length, MAX_REAL_SERVERS / 1000);
    assertEquals(plan.rejections.map(({ reason }) => reason), [
      "Cannot serve 4800 of 5000 frontends: the Service has more than 200000 " +
      "real servers",
    ]);
  },
);

Deno.test("20,000 ports of one name in a slice are one", none, () => {
  const ports = times(20_000, (at) => ({ name: "p", port: at + 1 }));
  const endpoints = times(1000, (at) => ({ addresses: [address(at)] }));
  const decoded = decodeEndpointSlice({
    metadata: {
      namespace: "default",
      name: "web-1",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    ports,
    endpoints,
  });
  assert(decoded.kind === "object");
  assertEquals(decoded.value.ports.length, 1);
  assertEquals(decoded.rejections.length, 21);
});

Deno.test("texts of ten million characters end up nowhere", none, () => {
  const text = "x".repeat(10_000_000);
  const objects = [
    { metadata: { namespace: "a", name: text } },
    { metadata: { namespace: text, name: "a" } },
    {
      metadata: {
        namespace: "a",
        name: "b",
        annotations: { [`ipvs.kube-proxy.io/${text}`]: text },
      },
      spec: {
        clusterIP: "10.96.0.1",
        type: text,
        sessionAffinity: text,
        externalIPs: [text],
        ports: [{ port: 80 }, { name: text, port: 81 }],
      },
    },
  ];
  for (const object of objects) {
    const decoded = decodeService(object);
    assert(decoded.kind !== "absent");
    assert(JSON.stringify(decoded).length < 4000);
  }
});
