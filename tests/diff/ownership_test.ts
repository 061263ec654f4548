import { assert, assertEquals } from "@std/assert";
import { Ownership } from "../../mod/diff/mod.ts";
import type { RealServerKey, VirtualServerKey } from "../../mod/plan/mod.ts";

const KEY = "-t 10.96.0.1:80" as VirtualServerKey;
const REAL = "10.0.0.1:80" as RealServerKey;
const NOTHING = {
  virtualServers: [],
  realServers: [],
  addresses: [],
  elements: [],
};

Deno.test({
  name: "Ownership strikes real servers out with their virtual server",
  permissions: "none",
  fn: () => {
    const ownership = new Ownership();
    ownership.add({ ...NOTHING, realServers: [[KEY, REAL]] });
    assert(ownership.hasServer(KEY) && ownership.hasRealServer(KEY, REAL));
    assertEquals(ownership.size, 2);
    ownership.remove({ ...NOTHING, virtualServers: [KEY] });
    assert(!ownership.hasServer(KEY) && !ownership.hasRealServer(KEY, REAL));
    assertEquals(ownership.things(), NOTHING);
  },
});
