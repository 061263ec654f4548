import { assertEquals } from "@std/assert";
import { adoptMarks } from "../../mod/agent/marks.ts";
import {
  DEFAULT_MARK_RANGE,
  type FrontendKey,
  MarkRegistry,
} from "../../mod/plan/mod.ts";

Deno.test({
  name: "adoptMarks() keeps the marks that the kernel has, in both families",
  permissions: "none",
  fn: () => {
    const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
    const spare = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
    const taken = ["a", "b", "c", "d"].map((key) =>
      spare.markOf(key as FrontendKey)
    );
    const elements = new Map([
      ["KUBE-VS4-MARK 10.96.0.1,tcp:80", taken[1]],
      ["KUBE-VS6-MARK fd00::1,udp:53", taken[2]],
      ["KUBE-VS4-MARK 10.96.0.9,tcp:80", 7],
      ["KUBE-VS4-FOREIGN 10.96.0.8,tcp:80", taken[3]],
    ]);
    adoptMarks(elements, marks);
    assertEquals(marks.markOf("tcp/10.96.0.1:80" as FrontendKey), taken[1]);
    assertEquals(marks.markOf("udp/[fd00::1]:53" as FrontendKey), taken[2]);
    const fresh = marks.markOf("tcp/10.96.0.9:80" as FrontendKey);
    assertEquals(fresh, taken[0], "a mark outside the range is not adopted");
  },
});
