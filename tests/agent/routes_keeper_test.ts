import { assert, assertEquals } from "@std/assert";
import type { LocalRoute } from "../../mod/apply/mod.ts";
import { TestNode } from "./harness.ts";

const ROUTE = {
  cidr: "10.96.0.0/16",
  source: "192.168.1.1",
} as unknown as LocalRoute;

function addresses(node: TestNode): number {
  return node.host.ip.devices.get("kube-ipvs0")?.addresses.size ?? 0;
}

function addServices(node: TestNode, count: number): void {
  for (let at = 1; at <= count; at++) {
    node.put(`s${at}`, { ip: `10.96.${at >> 8}.${at & 255}` });
    node.endpoints(`s${at}`, ["10.244.1.1"]);
  }
  node.put("outside", { ip: "198.51.100.1" });
  node.endpoints("outside", ["10.244.1.1"]);
}

async function routedNode(services: number): Promise<TestNode> {
  const node = new TestNode();
  node.routes = [ROUTE];
  node.start();
  addServices(node, services);
  node.sync();
  await node.advance(1_000);
  return node;
}

Deno.test("thousands-of-addresses: with a route for each network the number of addresses does not grow with Services", async () => {
  for (const services of [3, 600]) {
    const node = await routedNode(services);
    assertEquals(addresses(node), 1, `${services} Services`);
    assertEquals([...node.host.ip.routes], [["10.96.0.0/16", "192.168.1.1"]]);
    const elements = node.host.ipset.sets.get("KUBE-VS4-ADDRESSES")?.elements;
    assertEquals(elements?.size, services + 1);
    await node.stop();
  }
});

Deno.test("turning routes on frees the addresses only once the route is there, turning them off binds first", async () => {
  const node = new TestNode();
  node.start();
  addServices(node, 5);
  node.sync();
  await node.advance(1_000);
  assertEquals(addresses(node), 6);
  await node.stop();

  let bound = Infinity;
  node.host.onCall = () => {
    if (node.host.ip.routes.size === 0) {
      bound = Math.min(bound, addresses(node));
    }
  };
  node.routes = [ROUTE];
  node.start();
  node.replay();
  node.sync();
  await node.advance(10_000);
  assertEquals(addresses(node), 1);
  assertEquals(bound, 6, "addresses that were bound while there was no route");
  await node.stop();

  node.routes = [];
  bound = Infinity;
  node.start();
  node.replay();
  node.sync();
  await node.advance(60_000);
  assertEquals(bound, 6);
  assertEquals(addresses(node), 6);
  assertEquals(node.host.ip.routes.size, 0);
  await node.stop();
});

Deno.test("a route that others delete is back in under a second, and counted", async () => {
  const node = await routedNode(2);
  node.host.ip.routes.clear();
  node.host.ip.onChange([
    "Deleted local 10.96.0.0/16 dev lo table local proto 106 scope host ",
  ]);
  await node.advance(500);
  assertEquals(node.host.ip.routes.size, 1);
  assertEquals(node.agent.snapshot().repairs.get("route"), 1);
  await node.stop();
});

Deno.test("a route that is refused is tried again, and nothing else waits for it", async () => {
  const node = new TestNode();
  node.routes = [{ ...ROUTE, source: "192.168.1.9" } as unknown as LocalRoute];
  node.start();
  addServices(node, 2);
  node.sync();
  await node.advance(3_000);
  assert(node.warnings.some((text) => text.includes("Cannot keep the routes")));
  assert(node.ipvs().includes("10.96.0.2:80"));
  node.host.ip.addAddress("eth0", "192.168.1.9/24");
  await node.advance(2_000);
  assertEquals(node.host.ip.routes.size, 1);
  await node.stop();
});

Deno.test("an address that a route reaches from now on leaves the device, not the set that guards it", async () => {
  const node = new TestNode();
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  node.sync();
  await node.advance(1_000);
  const guarded = "add KUBE-VS4-ADDRESSES 10.96.0.1\n";
  assert(node.host.dump().includes(guarded));
  await node.stop();
  node.routes = [ROUTE];
  await node.boot();
  await node.advance(20_000);
  const dump = node.host.dump();
  assert(!dump.includes("address add 10.96.0.1/32"), dump);
  assert(dump.includes(guarded), dump);
  await node.stop();
});
