import { assert, assertEquals } from "@std/assert";
import type { IpAddress } from "../../mod/model/mod.ts";
import { TestNode } from "./harness.ts";
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

Deno.test({
  name:
    "a frontend that passes to another Service keeps its mark, so that it " +
    "always leads to a virtual server (I2)",
  permissions: "none",
  fn: async () => {
    const node = new TestNode();
    const outside = {
      externalIps: ["203.0.113.9" as IpAddress],
      externalTrafficPolicy: "local",
    } as const;
    await node.boot();
    node.put("a", { ip: "10.96.0.1", ...outside });
    node.endpoints("a", ["10.244.1.1"]);
    node.put("b", { ip: "10.96.0.2" });
    node.endpoints("b", ["10.244.2.2"]);
    await node.advance(1_000);
    const markOf = (): string | undefined =>
      /add KUBE-VS4-MARK 203\.0\.113\.9,tcp:80 .*/.exec(node.host.dump())?.[0];
    const mark = markOf();
    assert(mark !== undefined);
    node.put("a", { ip: "10.96.0.1" });
    node.put("b", { ip: "10.96.0.2", ...outside });
    await node.advance(1_000);
    assertEquals(markOf(), mark);
    assert(/-a -f \d+ -r 10\.244\.2\.2:8080/.test(node.ipvs()), node.ipvs());
    await node.stop();
  },
});
