import { assertEquals } from "@std/assert";
import {
  countChanges,
  madeBy,
  NO_CHANGES,
  takenBy,
} from "../../mod/diff/mod.ts";
import { Sample } from "./sample.ts";

Deno.test({
  name: "madeBy() and takenBy() name the same things on the way in and out",
  permissions: "none",
  fn: () => {
    const sample = new Sample();
    sample.put("a/web", [{ servers: { "10.0.0.1": 1 } }]);
    const result = sample.diff();
    const made = madeBy(result.changes);
    assertEquals(made.virtualServers.length, 1);
    assertEquals(made.addresses.length, 1);
    assertEquals(countChanges(result.changes), 5);
    sample.apply(result);
    sample.remove("a/web");
    const gone = sample.diff("all", { departureMs: 0 });
    const taken = takenBy(gone.changes);
    assertEquals(taken.virtualServers, made.virtualServers);
    assertEquals(taken.addresses, made.addresses);
    assertEquals(countChanges(NO_CHANGES), 0);
  },
});
