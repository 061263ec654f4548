import { assert, assertEquals } from "@std/assert";
import { Ownership } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { VirtualServerKey } from "../../mod/plan/mod.ts";

const KEY = "-t 10.96.0.1:80" as VirtualServerKey;
const ADDRESS = "10.96.0.1" as IpAddress;
const NOTHING = { virtualServers: [], addresses: [] };

Deno.test({
  name: "Ownership records and strikes out",
  permissions: "none",
  fn: () => {
    const ownership = new Ownership();
    ownership.add({ virtualServers: [KEY, KEY], addresses: [ADDRESS] });
    assert(ownership.hasServer(KEY) && ownership.hasAddress(ADDRESS));
    assertEquals(ownership.size, 2);
    assertEquals([...ownership.virtualServers()], [KEY]);
    assertEquals([...ownership.addresses()], [ADDRESS]);
    ownership.remove({ ...NOTHING, virtualServers: [KEY] });
    assert(!ownership.hasServer(KEY) && ownership.hasAddress(ADDRESS));
    ownership.remove({ ...NOTHING, addresses: [ADDRESS] });
    assertEquals(ownership.things(), NOTHING);
  },
});
