import { assert, assertEquals } from "@std/assert";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
} from "../../mod/model/mod.ts";
import {
  formatHeader,
  parseHeader,
  parseSnapshotLine,
  snapshotLines,
} from "../../mod/agent/snapshot_text.ts";
import { foldEvent } from "../../mod/agent/sources.ts";

function newModel(): ClusterModel {
  return new ClusterModel({ nodeName: "node-1" });
}

function service(name: string) {
  return {
    metadata: { namespace: "default", name, annotations: { token: "s3cret" } },
    spec: { clusterIP: "10.96.0.10", ports: [{ port: 80 }] },
  };
}

function slice(name: string) {
  return {
    metadata: {
      namespace: "default",
      name: `${name}-1`,
      labels: { "kubernetes.io/service-name": name },
    },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080 }],
    endpoints: [{ addresses: ["10.244.1.1"], nodeName: "node-2" }],
  };
}

function node(name: string, ...addresses: string[]) {
  return {
    metadata: { name },
    spec: { podCIDRs: ["10.244.1.0/24"] },
    status: {
      addresses: addresses.map((address) => ({ type: "InternalIP", address })),
    },
  };
}

function filledModel(): ClusterModel {
  const model = newModel();
  model.upsertNode("node-1", decodeNode(node("node-1", "192.168.1.1")));
  model.upsertNode("node-2", decodeNode(node("node-2", "192.168.1.2", "::2")));
  model.upsertServiceCidr(
    "kubernetes",
    decodeServiceCidr({
      metadata: { name: "kubernetes" },
      spec: { cidrs: ["10.96.0.0/12"] },
    }),
  );
  model.upsertService("default/web", decodeService(service("web")));
  model.upsertSlice("default/web-1", decodeEndpointSlice(slice("web")));
  model.upsertSlice("default/else-1", decodeEndpointSlice(slice("else")));
  return model;
}

Deno.test({
  name: "snapshotLines() hold what the model needs, and nothing else",
  permissions: "none",
  fn: () => {
    const lines = [...snapshotLines(filledModel())];
    const kinds = lines.map((line) => JSON.parse(line).kind);
    assertEquals(kinds, [
      "Node",
      "Node",
      "ServiceCIDR",
      "Service",
      "EndpointSlice",
    ]);
    assert(!lines.join().includes("s3cret"));
  },
});

Deno.test({
  name: "parseSnapshotLine() brings a model to what the lines were made of",
  permissions: "none",
  fn: () => {
    const model = filledModel();
    const again = newModel();
    for (const line of snapshotLines(model)) {
      const event = parseSnapshotLine(line);
      if (event === undefined) throw new Error(`Cannot read ${line}`);
      foldEvent(again, event);
    }
    assertEquals([...snapshotLines(again)], [...snapshotLines(model)]);
    assertEquals(again.node(), model.node());
    assertEquals(again.otherNodeAddresses(), model.otherNodeAddresses());
    assertEquals(again.serviceCount, 1);
  },
});

for (
  const line of [
    "",
    "null",
    "7",
    "{",
    '{"kind":"Secret","metadata":{"name":"a"}}',
    '{"kind":"Service","metadata":{"namespace":"default","name":"-u 1; -C"}}',
    '{"kind":"Service","metadata":{"namespace":"default","name":"a"},"spec":{"clusterIP":"127.0.0.1","ports":[{"port":80}]}}',
    "end 4 00000000",
  ]
) {
  Deno.test({
    name: `parseSnapshotLine() makes nothing of ${line || "an empty line"}`,
    permissions: "none",
    fn: () => assertEquals(parseSnapshotLine(line), undefined),
  });
}

Deno.test({
  name: "parseHeader() reads this version's first line and no other",
  permissions: "none",
  fn: () => {
    const header = { node: "node-1", takenMs: 7 };
    assertEquals(parseHeader(formatHeader(header)), header);
    for (
      const line of [
        "",
        "kube-proxy-snapshot 2 {}",
        "kube-proxy-snapshot 12 {}",
        "kube-proxy-snapshot 1 {",
        'kube-proxy-snapshot 1 {"node":1,"takenMs":7}',
        'kube-proxy-snapshot 1 {"node":"a"}',
      ]
    ) assertEquals(parseHeader(line), undefined, line);
  },
});
