import { assert, assertEquals } from "@std/assert";
import { decodeService, type IpAddress, type Service } from "#model";
import { ServiceTable } from "../../mod/model/service_table.ts";
import { service } from "./objects.ts";

const none = { permissions: "none" } as const;

function decode(name: string, externalIPs: readonly string[]): Service {
  const metadata = { namespace: "default", name };
  const decoded = decodeService(service({ externalIPs }, { metadata }));
  assert(decoded.kind === "object");
  return decoded.value;
}

Deno.test("ServiceTable knows who claims an outside address", none, () => {
  const table = new ServiceTable();
  const address = "198.51.100.1" as IpAddress;
  assertEquals([table.hasOutsideAddresses], [false]);
  table.put(decode("a", [address]));
  table.put(decode("b", [address, "198.51.100.2"]));
  assertEquals([table.hasOutsideAddresses], [true]);
  assertEquals([...table.claimants([address])] as string[], [
    "default/a",
    "default/b",
  ]);
  table.put(decode("a", []));
  assertEquals([...table.claimants([address])] as string[], ["default/b"]);
  table.delete("default/b");
  assertEquals([table.hasOutsideAddresses], [false]);
  assertEquals(table.count, 1);
});

Deno.test("ServiceTable says what changed", none, () => {
  const table = new ServiceTable();
  assertEquals([...table.put(decode("a", []))] as string[], ["default/a"]);
  assertEquals(table.put(decode("a", [])), []);
  assertEquals([...table.names()] as string[], ["default/a"]);
  assertEquals([...table.delete("default/a")] as string[], ["default/a"]);
  assertEquals(table.delete("default/a"), []);
  assertEquals(table.get("default/a"), undefined);
});
