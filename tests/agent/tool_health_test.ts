import { assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/mod.ts";
import { Desired, Observed, Ownership } from "../../mod/diff/mod.ts";
import { ToolHealth } from "../../mod/agent/tool_health.ts";
import { FakeHost } from "../support/fake_host.ts";
import { TestNode } from "./harness.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "ToolHealth remembers since when a table takes nothing",
  NOTHING,
  () => {
    const tools = new ToolHealth();
    tools.failed("ipvs", 5);
    tools.failed("ipvs", 9);
    tools.failed("sets", 7);
    assertEquals([...tools.failing], [["ipvs", 5], ["sets", 7]]);
    tools.worked("ipvs");
    assertEquals([...tools.failing], [["sets", 7]]);
  },
);

Deno.test(
  "ToolHealth leaves a doubt where there is nothing of ours to write",
  NOTHING,
  async () => {
    const tools = new ToolHealth();
    for (const step of ["ipvs", "sets", "addresses"] as const) {
      tools.failed(step, 1);
    }
    const fake = new FakeHost();
    await tools.prove({
      host: createHost(fake, "legacy"),
      device: "kube-ipvs0",
      desired: new Desired(),
      observed: new Observed(),
      ownership: new Ownership(),
    });
    assertEquals(tools.failing.size, 3);
    assertEquals(fake.calls.length, 0);
  },
);

Deno.test(
  "an audit clears a doubt by writing what is there already, and changes " +
    "nothing by it",
  NOTHING,
  async () => {
    const node = new TestNode();
    await node.boot();
    node.put("web", { ip: "10.96.0.10" });
    node.endpoints("web", ["10.32.1.5"]);
    await node.advance(1_000);
    node.put("bad", { ip: "10.96.0.66" });
    node.endpoints("bad", ["10.32.1.66"]);
    node.host.faults.add({
      when: ({ stdin }) => stdin.includes("10.96.0.66"),
      times: Infinity,
      effect: { kind: "exit", code: 1, stderr: "Memory allocation problem" },
    });
    await node.advance(1_000);
    assertEquals([...node.agent.snapshot().failingTables.keys()], ["sets"]);
    const before = node.ipvs();
    await node.advance(28_500);
    assertEquals([...node.agent.snapshot().failingTables.keys()], []);
    assertEquals(node.ipvs(), before);
    await node.stop();
  },
);
