import { assert, assertEquals } from "@std/assert";
import { addTouched, isUntouched, newTouched } from "../../mod/diff/mod.ts";
import { Sample } from "./sample.ts";

Deno.test({
  name: "addTouched() unites, and only news is touched",
  permissions: "none",
  fn: () => {
    const sample = new Sample();
    const all = newTouched();
    assert(isUntouched(all));
    addTouched(all, sample.put("a/one", [{ servers: { "10.0.0.1": 1 } }]));
    addTouched(all, sample.put("a/two", [{ port: 81, servers: {} }]));
    assert(!isUntouched(all));
    assertEquals(all.virtualServers.size, 1);
    assertEquals(all.addresses.size, 1);
    assertEquals(all.elements.size, 3);
  },
});
