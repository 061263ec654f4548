import { assert, assertEquals } from "@std/assert";
import { Doubts } from "../../mod/agent/doubts.ts";
import { newTouched } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { VirtualServerKey } from "../../mod/plan/mod.ts";

const permissions = "none";
const keys = (...texts: string[]) => texts as VirtualServerKey[];

Deno.test({
  name: "Doubts are about what a step touched, until it was seen",
  permissions,
  fn: () => {
    const doubts = new Doubts();
    const touched = newTouched();
    for (const key of keys("-f 1", "-f 2")) touched.virtualServers.add(key);
    touched.addresses.add("10.96.0.1" as IpAddress);
    const owned = {
      virtualServers: keys("-f 1", "-f 3"),
      addresses: [...touched.addresses],
    };
    doubts.note("sets", touched);
    assert(!doubts.concern(touched));
    assertEquals(doubts.without(owned), owned);
    doubts.note("ipvs", touched);
    doubts.note("addresses", touched);
    assertEquals(doubts.of(touched), {
      servers: keys("-f 1", "-f 2"),
      addresses: true,
    });
    assertEquals(doubts.of(newTouched()), { servers: [], addresses: false });
    assertEquals(doubts.without(owned), {
      virtualServers: keys("-f 3"),
      addresses: [],
    });
    doubts.sawServers(keys("-f 1"));
    doubts.sawAddresses();
    assertEquals(doubts.of(touched).servers, keys("-f 2"));
    assert(doubts.concern(touched));
    doubts.sawServers("all");
    assert(!doubts.concern(touched));
  },
});
