import { assertEquals } from "@std/assert";
import { type ServiceIdentity, serviceOf, sliceOf } from "./objects.ts";

const PURE = { permissions: "none" } as const;

const DNS: ServiceIdentity = {
  namespace: "kube-system",
  name: "kube-dns",
  clusterIp: "10.96.0.10",
  ports: [{ name: "dns", protocol: "udp", port: 53 }],
};

Deno.test("serviceOf() has the namespace and the cluster IP", PURE, () => {
  const { metadata, spec } = serviceOf(DNS) as {
    readonly metadata: unknown;
    readonly spec: Readonly<Record<string, unknown>>;
  };
  assertEquals(metadata, { name: "kube-dns", namespace: "kube-system" });
  assertEquals(spec["clusterIP"], "10.96.0.10");
  assertEquals(spec["ports"], [
    { name: "dns", protocol: "UDP", port: 53, targetPort: 53 },
  ]);
});

Deno.test(
  "sliceOf() says of a terminating pod that it still serves",
  PURE,
  () => {
    const slice = sliceOf(DNS, [
      { pod: "a", node: "node-1", address: "10.32.1.2", phase: "ready" },
      { pod: "b", node: "node-2", address: "10.32.0.2", phase: "terminating" },
    ]);
    assertEquals(slice["endpoints"], [
      {
        addresses: ["10.32.1.2"],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: "node-1",
      },
      {
        addresses: ["10.32.0.2"],
        conditions: { ready: false, serving: true, terminating: true },
        nodeName: "node-2",
      },
    ]);
  },
);
