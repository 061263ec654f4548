/**
 * Answers of a real API server 1.36, recorded over the wire: the decoders
 * must read them all.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
  type ServiceName,
} from "#model";
import services from "./recordings/services-list.json" with { type: "json" };
import slices from "./recordings/endpointslices-list.json" with {
  type: "json",
};
import nodes from "./recordings/nodes-list.json" with { type: "json" };
import cidrs from "./recordings/servicecidrs-list.json" with { type: "json" };
import serviceLines from "./recordings/services-watchlist-selected.jsonl" with {
  type: "text",
};
import sliceLines from "./recordings/endpointslices-watch.jsonl" with {
  type: "text",
};

const none = { permissions: "none" } as const;

interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly namespace?: string; readonly name?: string };
  };
}

function linesOf(text: string): readonly WatchLine[] {
  return text.split("\n").filter((line) => line !== "")
    .map((line): WatchLine => JSON.parse(line))
    .filter(({ type }) => type !== "BOOKMARK");
}

Deno.test("every recorded list is read without a rejection", none, () => {
  const kinds: Record<string, number> = {};
  const decoded = [
    ...services.items.map(decodeService),
    ...slices.items.map(decodeEndpointSlice),
    ...nodes.items.map(decodeNode),
    ...cidrs.items.map(decodeServiceCidr),
  ];
  for (const result of decoded) {
    kinds[result.kind] = (kinds[result.kind] ?? 0) + 1;
    if (result.kind === "object") assertEquals(result.rejections, []);
  }
  // The ExternalName Service is the one that is not for this proxy.
  assertEquals(kinds, { object: 31, absent: 1 });
});

Deno.test("a recorded load balancer is read in full", none, () => {
  const object = services.items.find(({ metadata }) =>
    metadata.name === "lb-local"
  );
  const decoded = decodeService(object);
  assert(decoded.kind === "object");
  const { uid: _, createdMs, ...service } = decoded.value;
  assert(createdMs > 0);
  assertEquals(service as unknown, {
    name: "default/lb-local",
    type: "LoadBalancer",
    clusterIps: ["10.103.20.222"],
    externalIps: [],
    loadBalancerIps: ["203.0.113.10"],
    sourceRanges: ["192.0.2.0/24", "198.51.100.7/32"],
    internalTrafficPolicy: "cluster",
    externalTrafficPolicy: "local",
    healthCheckNodePort: 30_621,
    ports: [{ name: "http", protocol: "tcp", port: 80, nodePort: 30296 }],
    wishes: { leaveAlone: new Set() },
  });
});

Deno.test("a recorded watch of Services is followed to its end", none, () => {
  const model = new ClusterModel({ nodeName: "node-0" });
  for (const { type, object } of linesOf(serviceLines)) {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (type === "DELETED") model.deleteService(key);
    else model.upsertService(key, decodeService(object));
  }
  const names = [...model.serviceNames()] as string[];
  assert(names.includes("default/nodeport"));
  assertEquals(model.service("default/sctp" as ServiceName), undefined);
  assert(model.service("default/late" as ServiceName) !== undefined);
  assertEquals(model.rejections().size, 0);
});

Deno.test("a recorded watch of slices is followed to its end", none, () => {
  const model = new ClusterModel({ nodeName: "node-0" });
  const unread: string[] = [];
  for (const { object } of linesOf(sliceLines)) {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const decoded = decodeEndpointSlice(object);
    if (decoded.kind !== "object") unread.push(`${key} ${decoded.kind}`);
    model.upsertSlice(key, decoded);
  }
  assertEquals(unread, ["default/headless-5rzkc absent"]);
  const plain = model.slices("default/plain" as ServiceName);
  assertEquals(plain[0]?.endpoints.map(({ address }) => address as string), [
    "10.32.0.15",
    "10.32.1.15",
    "10.32.1.16",
    "10.32.0.17",
  ]);
});
