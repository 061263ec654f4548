/**
 * What breaks at each stage between the API and the kernel, and what the
 * health server says of it: the real agent over the fake host.
 */
import { assert, assertEquals } from "@std/assert";
import { healthHandler } from "../../mod/observe/handlers.ts";
import { FakeSnapshotStore } from "../agent/fake_snapshot_store.ts";
import { TestNode } from "../agent/harness.ts";
import type { Fault } from "../support/fake/faults.ts";

const TIMEOUT_MS = 60_000;

async function codes(
  node: TestNode,
  { nodeEligible } = { nodeEligible: true },
): Promise<string> {
  const handle = healthHandler(() => ({
    snapshot: node.agent.snapshot(),
    nodeEligible,
    families: new Set(["ipv4"]),
    nowMs: node.clock.nowMs(),
    timeoutMs: TIMEOUT_MS,
  }));
  const seen: number[] = [];
  for (const path of ["/healthz", "/livez", "/readyz"]) {
    const response = handle(new Request(`http://localhost${path}`));
    await response.text();
    seen.push(response.status);
  }
  return seen.join(" ");
}

function failing(program: RegExp, parameters = /^/): Fault {
  return {
    when: ({ argv: [name, ...rest] }) =>
      program.test(name) && parameters.test(rest.join(" ")),
    times: Infinity,
    effect: { kind: "exit", code: 1, stderr: "Operation not permitted" },
  };
}

/** A node with two Services that are served. */
async function servingNode(): Promise<TestNode> {
  const node = new TestNode();
  await node.boot();
  node.put("web", { ip: "10.96.0.10" });
  node.put("api", { ip: "10.96.0.11" });
  node.endpoints("web", ["10.32.1.5"]);
  node.endpoints("api", ["10.32.1.6"]);
  await node.advance(31_000);
  return node;
}

/** Another endpoint comes, and time passes. */
async function changeAndWait(node: TestNode): Promise<void> {
  node.endpoints("web", ["10.32.1.5", "10.32.1.7"]);
  for (let turn = 0; turn < 10; turn++) await node.advance(10_000);
}

const OK = "200 200 200";
const BAD = "503 503 503";

for (
  const [name, stage, expected] of [
    ["nothing breaks", undefined, OK],
    ["ipvsadm is gone", failing(/^ipvsadm$/), BAD],
    ["ipvsadm lists nothing", failing(/^ipvsadm$/, /^-L/), BAD],
    ["ipvsadm takes nothing", failing(/^ipvsadm$/, /^--restore/), BAD],
    ["ipset lists nothing", failing(/^ipset$/, /^(list|save)/), BAD],
    ["iptables cannot be read", failing(/^ip6?tables\S*-save$/), BAD],
    ["ip lists nothing", failing(/^ip$/, /show|addr/), BAD],
  ] as const
) {
  Deno.test(
    `health-lies: when ${name}, health says ${expected} after a minute`,
    { permissions: "none" },
    async () => {
      const node = await servingNode();
      assertEquals(await codes(node), OK);
      if (stage !== undefined) node.host.faults.add(stage);
      await changeAndWait(node);
      assertEquals(await codes(node), expected);
      node.host.faults.clear();
      for (let turn = 0; turn < 7; turn++) await node.advance(10_000);
      assertEquals(await codes(node), OK, "after it was mended");
      await node.stop();
    },
  );
}

Deno.test(
  "health-lies: sets and addresses that cannot be written show as well",
  { permissions: "none" },
  async () => {
    for (
      const fault of [
        failing(/^ipset$/, /restore/),
        failing(/^ip$/, /-batch/),
      ]
    ) {
      const node = await servingNode();
      node.host.faults.add(fault);
      node.put("new", { ip: "10.96.0.12" });
      node.endpoints("new", ["10.32.1.8"]);
      await changeAndWait(node);
      assertEquals(await codes(node), BAD);
      node.host.faults.clear();
      for (let turn = 0; turn < 7; turn++) await node.advance(10_000);
      assertEquals(await codes(node), OK);
      await node.stop();
    }
  },
);

Deno.test(
  "health-lies: rules that were lost and cannot be written show",
  { permissions: "none" },
  async () => {
    const node = await servingNode();
    node.host.faults.add(failing(/^ip6?tables\S*-restore$/));
    node.host.iptables.flushRuleset("iptables-legacy");
    await changeAndWait(node);
    assertEquals(await codes(node), BAD);
    await node.stop();
  },
);

Deno.test(
  "health-lies: one Service that the kernel refuses takes no node away",
  { permissions: "none" },
  async () => {
    const node = await servingNode();
    node.host.faults.add({
      program: "ipvsadm",
      when: ({ stdin }) => stdin.includes("10.32.1.7"),
      times: Infinity,
      effect: { kind: "exit", code: 1, stderr: "Memory allocation problem" },
    });
    await changeAndWait(node);
    assertEquals(node.agent.snapshot().counts.failing, 1);
    assertEquals(await codes(node), OK);
    await node.stop();
  },
);

Deno.test(
  "health-lies: a state file that cannot be written and an API that is gone " +
    "stop no traffic, so that the node stays healthy",
  { permissions: "none" },
  async () => {
    const node = await servingNode();
    node.directory.isFull = true;
    node.put("new", { ip: "10.96.0.12" });
    node.endpoints("new", ["10.32.1.8"]);
    await changeAndWait(node);
    assert(node.agent.snapshot().isStateBehind);
    assertEquals(await codes(node), OK);
    for (let minute = 0; minute < 10; minute++) await node.advance(60_000);
    assertEquals(await codes(node), OK, "ten minutes without any event");
    assertEquals(
      await codes(node, { nodeEligible: false }),
      "503 200 200",
      "being deleted",
    );
    await node.stop();
  },
);

Deno.test(
  "health-lies: before all kinds were listed it is alive and not ready",
  { permissions: "none" },
  async () => {
    const node = new TestNode();
    node.start();
    await node.advance(120_000);
    assertEquals(await codes(node), "503 200 503");
    await node.stop();
  },
);

Deno.test(
  "health-lies: what a snapshot serves is no word of the API server",
  { permissions: "none" },
  async () => {
    const node = new TestNode();
    node.snapshots = new FakeSnapshotStore();
    await node.boot();
    node.put("web", { ip: "10.96.0.10" });
    node.endpoints("web", ["10.32.1.5"]);
    await node.advance(120_000);
    await node.stop();
    node.directory.files.clear();
    node.host.reboot();
    node.start();
    for (let turn = 0; turn < 12; turn++) await node.advance(10_000);
    assert(node.ipvs().includes("10.32.1.5"), "Services answer");
    assertEquals(await codes(node), "503 200 503");
    node.replay();
    node.sync();
    await node.advance(1_000);
    assertEquals(await codes(node), OK);
    await node.stop();
  },
);
