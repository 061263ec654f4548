import { assert, assertEquals } from "@std/assert";
import type { Cidr } from "../../mod/model/mod.ts";
import { TestNode } from "./harness.ts";

Deno.test("nodeport-addr-changes: a node port answers on a new address within a second, and on a lost one no more", async () => {
  const node = new TestNode({ nodePortCidrs: ["192.168.0.0/16" as Cidr] });
  node.start();
  node.put("np", {
    ip: "10.96.0.9",
    type: "NodePort",
    ports: [{ name: "", protocol: "tcp", port: 80, nodePort: 30_080 }],
  });
  node.endpoints("np", ["10.244.1.1"]);
  node.sync();
  await node.advance(0);
  assert(node.ipvs().includes("192.168.1.1:30080"));
  node.host.ip.addDevice("eth1", "ether", ["192.168.7.7/24"]);
  node.host.ip.onChange(["4: eth1    inet 192.168.7.7/24 scope global eth1"]);
  await node.advance(900);
  assert(node.ipvs().includes("192.168.7.7:30080"));
  assert(node.ipvs().includes("192.168.1.1:30080"));
  node.host.ip.devices.delete("eth1");
  node.host.ip.onChange([
    "Deleted 4: eth1    inet 192.168.7.7/24 scope global eth1",
  ]);
  await node.advance(900);
  assert(!node.ipvs().includes("192.168.7.7:30080"));
  await node.stop();
});

for (
  const [what, effect] of [
    ["fails", { kind: "exit", code: 1, stderr: "Cannot open netlink\n" }],
    ["says nothing", { kind: "exit", code: 0, stderr: "" }],
  ] as const
) {
  Deno.test(`nodeport-addr-changes: a listing of addresses that ${what} changes nothing`, async () => {
    const node = new TestNode({ nodePortCidrs: ["192.168.0.0/16" as Cidr] });
    node.start();
    node.put("np", {
      ip: "10.96.0.9",
      type: "NodePort",
      ports: [{ name: "", protocol: "tcp", port: 80, nodePort: 30_080 }],
    });
    node.endpoints("np", ["10.244.1.1"]);
    node.sync();
    await node.advance(0);
    const table = node.ipvs();
    assert(table.includes("192.168.1.1:30080"));
    node.host.faults.add({
      program: "ip",
      times: Infinity,
      when: ({ argv }) => argv.join(" ") === "ip -json addr",
      effect,
    });
    node.host.ip.onChange(["4: eth1    inet 192.168.7.7/24 scope global eth1"]);
    await node.advance(120_000);
    assertEquals(node.ipvs(), table);
    assert(node.warnings.some((text) => text.includes("Cannot read the host")));
    await node.stop();
  });
}
