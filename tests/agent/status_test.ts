import { assertEquals } from "@std/assert";
import { Status } from "../../mod/agent/status.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test({
  name: "Status tells of each foreign thing once, and again when it returns",
  permissions: "none",
  fn: () => {
    const told: string[] = [];
    const status = new Status(new FakeClock(), {
      foreign: ({ name }) => told.push(name),
      repaired: (kind, count) => told.push(`${count} ${kind}`),
    });
    const thing = {
      kind: "address",
      name: "9.9.9.9",
      inTheWay: false,
    } as const;
    status.saw([thing]);
    status.saw([thing], "all");
    status.saw([], "all");
    assertEquals(status.foreign, []);
    status.saw([thing]);
    status.repaired(new Map([["rule", 2], ["device", 0]]));
    status.repaired(new Map([["rule", 1]]));
    assertEquals(told, ["9.9.9.9", "9.9.9.9", "2 rule", "1 rule"]);
    assertEquals(status.repairs.get("rule"), 3);
  },
});
