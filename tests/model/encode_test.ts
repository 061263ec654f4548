import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Decoded,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
  encodeEndpointSlice,
  encodeNode,
  encodeService,
  encodeServiceCidr,
  type Service,
} from "../../mod/model/mod.ts";
import { arbitraryService, arbitrarySlice } from "../plan/arbitraries.ts";

function valueOf<Value>(decoded: Decoded<Value>): Value | undefined {
  return decoded.kind === "object" ? decoded.value : undefined;
}

/** As it is written and read again. */
function again(service: Service): Service | undefined {
  return valueOf(decodeService(JSON.parse(JSON.stringify(
    encodeService(service),
  ))));
}

Deno.test({
  name: "encodeService() writes what decodeService() reads as the same value",
  permissions: "none",
  fn: () => {
    let seen = 0;
    fc.assert(fc.property(arbitraryService, (object) => {
      const service = valueOf(decodeService(object));
      if (service === undefined) return;
      seen++;
      assertEquals(again(service), service);
    }));
    assert(seen > 50, "most of them are Services");
  },
});

Deno.test({
  name: "encodeService() keeps every wish, the age and a closed list of ranges",
  permissions: "none",
  fn: () => {
    const prefix = "ipvs.kube-proxy.io/";
    const service = valueOf(decodeService({
      metadata: {
        namespace: "default",
        name: "web",
        uid: "7-a",
        creationTimestamp: "2026-01-02T03:04:05Z",
        annotations: {
          [`${prefix}scheduler`]: "mh",
          [`${prefix}scheduler-flags`]: "mh-port,mh-fallback",
          [`${prefix}local-weight`]: "7",
          [`${prefix}zone-weights`]: "a=5, b =0",
          [`${prefix}leave-alone`]: "node-port,external-ip",
          [`${prefix}drain-limit`]: "90s",
          [`${prefix}restrict-node-ports`]: "true",
          "kubectl.kubernetes.io/last-applied-configuration": "password: x",
        },
      },
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.10",
        externalTrafficPolicy: "Local",
        healthCheckNodePort: 31_000,
        sessionAffinity: "ClientIP",
        loadBalancerSourceRanges: ["nonsense"],
        ports: [{ port: 80, nodePort: 30_080 }],
      },
      status: { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } },
    }));
    if (service === undefined) throw new Error("it is a Service");
    assertEquals(service.sourceRanges, []);
    assertEquals(again(service), service);
    const text = JSON.stringify(encodeService(service));
    assert(!text.includes("password"), "nothing else is kept");
  },
});

Deno.test({
  name: "encodeEndpointSlice() writes what decodeEndpointSlice() reads alike",
  permissions: "none",
  fn: () => {
    fc.assert(fc.property(arbitrarySlice, (object) => {
      const slice = valueOf(decodeEndpointSlice(object));
      if (slice === undefined) return;
      const text = JSON.stringify(encodeEndpointSlice(slice));
      assertEquals(valueOf(decodeEndpointSlice(JSON.parse(text))), slice);
    }));
  },
});

Deno.test({
  name: "encodeNode() and encodeServiceCidr() write what is read alike",
  permissions: "none",
  fn: () => {
    for (const taints of [[], [{ key: "ToBeDeletedByClusterAutoscaler" }]]) {
      const node = valueOf(decodeNode({
        metadata: {
          name: "node-1",
          labels: { "topology.kubernetes.io/zone": "a" },
        },
        spec: { podCIDRs: ["10.244.1.0/24", "fd00:1::/64"], taints },
        status: {
          addresses: [
            { type: "ExternalIP", address: "203.0.113.9" },
            { type: "InternalIP", address: "192.168.1.1" },
          ],
        },
      }));
      if (node === undefined) throw new Error("it is a Node");
      assertEquals(valueOf(decodeNode(encodeNode(node))), node);
    }
    const cidr = valueOf(decodeServiceCidr({
      metadata: { name: "kubernetes" },
      spec: { cidrs: ["10.96.0.0/12", "fd00:96::/108"] },
    }));
    if (cidr === undefined) throw new Error("it is a ServiceCIDR");
    assertEquals(valueOf(decodeServiceCidr(encodeServiceCidr(cidr))), cidr);
  },
});
