import { assertEquals } from "@std/assert";
import { adoptMarks } from "../../mod/agent/marks.ts";
import {
  DEFAULT_MARK_RANGE,
  type FrontendKey,
  MarkRegistry,
  type VirtualServerKey,
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
    adoptMarks(elements, [], marks);
    assertEquals(marks.markOf("tcp/10.96.0.1:80" as FrontendKey), taken[1]);
    assertEquals(marks.markOf("udp/[fd00::1]:53" as FrontendKey), taken[2]);
    const fresh = marks.markOf("tcp/10.96.0.9:80" as FrontendKey);
    assertEquals(fresh, taken[3], "a mark outside the range is not adopted");
  },
});

Deno.test({
  name: "adoptMarks() gives marks first that no virtual server has or had",
  permissions: "none",
  fn: () => {
    const marks = new MarkRegistry(DEFAULT_MARK_RANGE, 0x4000);
    const elements = new Map([["KUBE-VS4-MARK 10.96.0.1,tcp:80", 0x100_0001]]);
    const draining = ["-t 10.96.0.1:80", "-f 16777219 -6", "-f 7"];
    adoptMarks(elements, draining as VirtualServerKey[], marks);
    marks.release("tcp/10.96.0.1:80" as FrontendKey);
    assertEquals(marks.markOf("tcp/10.96.0.2:80" as FrontendKey), 0x100_0004);
  },
});
