import { assert, assertEquals } from "@std/assert";
import {
  type Cidr,
  decodeNode,
  type ServicePort,
} from "../../mod/model/mod.ts";
import { FakeSnapshotStore } from "./fake_snapshot_store.ts";
import { TestNode } from "./harness.ts";

/** A node with a Service whose snapshot is on disk, rebooted and unheard. */
async function rebooted(): Promise<TestNode> {
  const node = new TestNode();
  node.snapshots = new FakeSnapshotStore();
  await node.boot();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  await node.advance(120_000);
  await node.stop();
  node.directory.files.clear();
  node.host.reboot();
  node.start();
  return node;
}

Deno.test({
  name: "Memory: an agent that recovered is not ready, and says of what it is",
  permissions: "none",
  fn: async () => {
    const node = await rebooted();
    await node.advance(11_000);
    const { isReady, saved } = node.agent.snapshot();
    assertEquals([isReady, saved?.isUsed], [false, true]);
    assert(node.ipvs().includes("10.244.1.1:8080"));
    node.replay();
    node.sync();
    await node.advance(1_000);
    const after = node.agent.snapshot();
    assertEquals([after.isReady, after.saved?.isUsed], [true, false]);
    await node.stop();
  },
});

Deno.test({
  name: "Memory: what equals the snapshot costs no batch when it is told",
  permissions: "none",
  fn: async () => {
    const node = await rebooted();
    await node.advance(11_000);
    node.takeCalls();
    node.replay();
    node.sync();
    await node.advance(1_000);
    const batches = node.takeCalls().filter((call) =>
      /restore|-batch|conntrack/.test(call)
    );
    assertEquals(batches, []);
    await node.stop();
  },
});

Deno.test({
  name: "Memory: plans of a snapshot follow the host's addresses of today",
  permissions: "none",
  fn: async () => {
    const node = new TestNode({ nodePortCidrs: ["192.168.1.0/24" as Cidr] });
    node.snapshots = new FakeSnapshotStore();
    await node.boot();
    const port = { name: "", protocol: "tcp", port: 80, nodePort: 30_080 };
    node.put("web", { type: "NodePort", ports: [port as ServicePort] });
    node.endpoints("web", ["10.244.1.2"]);
    await node.advance(120_000);
    const before = node.ipvs();
    assert(before.includes("192.168.1.1:30080"));
    await node.stop();
    node.directory.files.clear();
    node.host.reboot();
    node.host.ip.deleteDevice("eth0");
    node.host.ip.addDevice("eth0", "ether", ["192.168.1.77/24"]);
    node.start();
    await node.advance(11_000);
    const wanted = before.replaceAll("192.168.1.1:", "192.168.1.77:");
    assertEquals(node.ipvs(), wanted);
    await node.stop();
  },
});

Deno.test({
  name: "Memory: heartbeats of the Node lead to no snapshot, its zone does",
  permissions: "none",
  fn: async () => {
    const node = new TestNode();
    const store = new FakeSnapshotStore();
    node.snapshots = store;
    await node.boot();
    const beat = (zone: string): void =>
      node.agent.handle({
        source: "Node",
        event: {
          kind: "upsert",
          key: "node-1",
          object: decodeNode({
            metadata: {
              name: "node-1",
              labels: { "topology.kubernetes.io/zone": zone },
            },
          }),
        },
      });
    beat("a");
    await node.advance(120_000);
    assertEquals(store.writes, 1);
    for (let time = 0; time < 10; time++) {
      beat("a");
      await node.advance(60_000);
    }
    assertEquals(store.writes, 1);
    beat("b");
    await node.advance(60_000);
    assertEquals(store.writes, 2);
    await node.stop();
    assertEquals(store.writes, 2);
  },
});
