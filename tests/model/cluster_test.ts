import { assertEquals } from "@std/assert";
import {
  ClusterModel,
  decodeEndpointSlice,
  decodeNode,
  decodeService,
  decodeServiceCidr,
  type ServiceName,
} from "#model";
import { node, service, slice } from "./objects.ts";

const none = { permissions: "none" } as const;
const WEB = "default/web" as ServiceName;

function newModel(): ClusterModel {
  const model = new ClusterModel({ nodeName: "n1" });
  model.upsertNode("n1", decodeNode(node("n1", ["192.0.2.1"])));
  model.upsertService(WEB, decodeService(service()));
  model.upsertSlice("default/web-1", decodeEndpointSlice(slice()));
  return model;
}

Deno.test(
  "ClusterModel leaves the last good state of a malformed object",
  none,
  () => {
    const model = newModel();
    const good = model.service(WEB);
    const bad = decodeService(service({ ports: "x" }));
    assertEquals(model.upsertService(WEB, bad), []);
    assertEquals(model.service(WEB), good);
    assertEquals([...model.rejections().keys()], ["Service default/web"]);
    model.upsertService(WEB, decodeService(service()));
    assertEquals(model.rejections().size, 0);
  },
);

Deno.test(
  "ClusterModel forgets the rejections of what is deleted",
  none,
  () => {
    const model = new ClusterModel({ nodeName: "n1" });
    model.upsertService("a/b", decodeService(7));
    model.upsertSlice("a/c", decodeEndpointSlice(7));
    model.upsertNode("n7", decodeNode(7));
    model.upsertServiceCidr("d", decodeServiceCidr(7));
    assertEquals(model.rejections().size, 4);
    model.deleteService("a/b");
    model.deleteSlice("a/c");
    model.deleteNode("n7");
    model.deleteServiceCidr("d");
    assertEquals(model.rejections().size, 0);
  },
);

Deno.test(
  "ClusterModel plans all anew for zone and addresses only",
  none,
  () => {
    const model = newModel();
    const put = (
      labels: Record<string, string>,
      address = "192.0.2.1",
    ): unknown =>
      model.upsertNode("n1", decodeNode(node("n1", [address], labels)));
    const zone = { "topology.kubernetes.io/zone": "a" };
    assertEquals(put({ "kubernetes.io/hostname": "n1" }), []);
    assertEquals(put({ "topology.kubernetes.io/region": "r" }), []);
    assertEquals(put(zone), "all");
    assertEquals(put(zone), []);
    assertEquals(put(zone, "192.0.2.2"), "all");
    assertEquals(put({}, "192.0.2.2"), "all");
    assertEquals(model.node()?.addresses.length, 1);
  },
);

Deno.test(
  "ClusterModel keeps this node when its object is deleted",
  none,
  () => {
    const model = newModel();
    assertEquals(model.deleteNode("n1"), []);
    assertEquals(model.node()?.name, "n1");
  },
);

Deno.test(
  "ClusterModel plans the claimants of another node's address anew",
  none,
  () => {
    const model = newModel();
    const put = (name: string, address: string): unknown =>
      model.upsertNode(name, decodeNode(node(name, [address])));
    assertEquals([model.needsOtherNodes], [false]);
    assertEquals(put("n2", "198.51.100.9"), []);
    const spec = { externalIPs: ["198.51.100.9"] };
    model.upsertService(WEB, decodeService(service(spec)));
    assertEquals([model.needsOtherNodes], [true]);
    assertEquals(put("n2", "198.51.100.8"), [WEB]);
    assertEquals(put("n2", "198.51.100.9"), [WEB]);
    assertEquals([...model.otherNodeAddresses()] as unknown, [
      ["198.51.100.9", "n2"],
    ]);
    assertEquals(model.deleteNode("n2"), [WEB]);
  },
);

Deno.test("ClusterModel takes a whole list of nodes at once", none, () => {
  const model = newModel();
  const spec = { externalIPs: ["198.51.100.9"] };
  model.upsertService(WEB, decodeService(service(spec)));
  const list = (...names: readonly [string, string][]): unknown =>
    model.replaceNodes(
      new Map(names.map(([name, address]) => [
        name,
        decodeNode(node(name, [address])),
      ])),
    );
  assertEquals(list(["n1", "192.0.2.1"], ["n2", "198.51.100.9"]), [WEB]);
  assertEquals(list(["n1", "192.0.2.1"], ["n2", "198.51.100.9"]), []);
  assertEquals(list(["n1", "192.0.2.1"]), [WEB]);
  assertEquals(list(), []);
  assertEquals(list(["n1", "192.0.2.7"]), "all");
});

Deno.test("ClusterModel counts and lists what it holds", none, () => {
  const model = newModel();
  assertEquals(model.serviceCount, 1);
  assertEquals(model.endpointCount, 1);
  assertEquals([...model.serviceNames()], [WEB]);
  assertEquals(model.slices(WEB).length, 1);
  for (const name of ["b", "a"]) {
    const cidrs = ["10.96.0.0/12"];
    const object = { metadata: { name }, spec: { cidrs } };
    model.upsertServiceCidr(name, decodeServiceCidr(object));
  }
  assertEquals(model.serviceCidrs().map(({ name }) => name), ["a", "b"]);
  model.deleteServiceCidr("a");
  assertEquals(model.serviceCidrs().length, 1);
});
