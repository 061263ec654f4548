import { assertEquals } from "@std/assert";
import { Claims } from "../../mod/diff/mod.ts";
import type { ServiceName } from "../../mod/model/mod.ts";
import { sampleFrontend } from "./sample.ts";

Deno.test({
  name: "Claims hands a frontend on in the order of age, then name",
  permissions: "none",
  fn: () => {
    const claims = new Claims();
    const frontend = sampleFrontend({ servers: {} });
    for (
      const [name, createdMs] of [["n/c", 1], ["n/b", 2], ["n/a", 2]] as const
    ) {
      claims.put({ service: name as ServiceName, createdMs, frontend });
    }
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      const winner = claims.winner(frontend.key)?.service;
      order.push(winner);
      if (winner !== undefined) claims.remove(frontend.key, winner);
    }
    assertEquals(order, ["n/c", "n/a", "n/b", undefined]);
    assertEquals(claims.conflicts(), []);
  },
});
