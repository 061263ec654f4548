import { assertEquals } from "@std/assert";
import { currentSets } from "../../mod/agent/current_sets.ts";

Deno.test({
  name: "currentSets() has what is in the sets that were listed",
  permissions: "none",
  fn: () => {
    const listed = new Map([
      ["A", { type: "hash:ip", elements: new Map([["1.1.1.1", undefined]]) }],
      ["B", { type: "hash:ip", elements: new Map([["2.2.2.2", undefined]]) }],
    ]);
    const current = new Map([["A 1.1.1.2", 7], ["C 3.3.3.3", undefined]]);
    const sets = currentSets(listed as never, current);
    assertEquals([...sets.get("A")?.elements ?? []], [["1.1.1.2", 7]]);
    assertEquals(sets.get("B")?.elements.size, 0);
    assertEquals([...sets.keys()], ["A", "B"]);
  },
});
