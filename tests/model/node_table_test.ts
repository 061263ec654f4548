import { assert, assertEquals } from "@std/assert";
import { type ClusterNode, decodeNode } from "#model";
import { NodeTable } from "../../mod/model/node_table.ts";
import { node } from "./objects.ts";

const none = { permissions: "none" } as const;

function decode(name: string, ...addresses: readonly string[]): ClusterNode {
  const decoded = decodeNode(node(name, addresses));
  assert(decoded.kind === "object");
  return decoded.value;
}

Deno.test("NodeTable says which addresses changed hands", none, () => {
  const table = new NodeTable("n1");
  assertEquals(table.put(decode("n1", "192.0.2.1")), "all");
  assertEquals(table.put(decode("n1", "192.0.2.1")), []);
  const seen = (value: "all" | readonly string[]): unknown => value;
  assertEquals(seen(table.put(decode("n2", "192.0.2.2"))), ["192.0.2.2"]);
  assertEquals(seen(table.put(decode("n2", "192.0.2.2"))), []);
  assertEquals(seen(table.put(decode("n2", "192.0.2.3"))), [
    "192.0.2.2",
    "192.0.2.3",
  ]);
  assertEquals(seen(table.delete("n2")), ["192.0.2.3"]);
  assertEquals(table.otherAddresses.size, 0);
  assertEquals(table.own?.name, "n1");
});

Deno.test(
  "NodeTable gives an address of two nodes to the one that is left",
  none,
  () => {
    const table = new NodeTable("n1");
    table.put(decode("n2", "192.0.2.9"));
    table.put(decode("n3", "192.0.2.9"));
    table.delete("n2");
    assertEquals([...table.otherAddresses.values()], ["n3"]);
    assertEquals(table.otherNames(), ["n3"]);
  },
);
