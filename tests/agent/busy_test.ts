/**
 * A cluster that never rests: while a pass works, something changes again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { TestNode } from "./harness.ts";

/** Each call of ipvsadm takes so long, ms: longer than passes are spaced. */
const SLOW_MS = 250;

/** A node whose endpoints change again whenever ipvsadm has been called. */
function busyNode(): { readonly node: TestNode; rest(): void } {
  const node = new TestNode();
  const run = node.host.run.bind(node.host);
  let count = 0;
  let isBusy = true;
  node.host.run = async (argv, options) => {
    const result = await run(argv, options);
    if (argv[0] !== "ipvsadm") return result;
    await node.clock.sleep(SLOW_MS, new AbortController().signal);
    if (isBusy) node.endpoints("web", ["10.244.1.1", `10.244.2.${++count}`]);
    return result;
  };
  node.start();
  node.put("web");
  node.endpoints("web", ["10.244.1.1"]);
  node.put("other", { ip: "10.96.0.2" });
  node.endpoints("other", ["10.244.1.2"]);
  return { node, rest: () => isBusy = false };
}

Deno.test("a start ends although something changes in each of its passes", async () => {
  const { node, rest } = busyNode();
  node.sync();
  await node.advance(5_000);
  assert(node.agent.snapshot().isReady);
  rest();
  await node.advance(5_000);
  await node.stop();
});

Deno.test("audits, drains and departures have their turn although changes never end", async () => {
  const { node, rest } = busyNode();
  node.sync();
  await node.advance(5_000);
  node.host.ip.devices.get("kube-ipvs0")?.addresses.clear();
  node.delete("other");
  const { lastAuditMs } = node.agent.snapshot();
  await node.advance(40_000);
  const { counts, lastAuditMs: later, repairs } = node.agent.snapshot();
  assert((later ?? 0) > (lastAuditMs ?? 0), `${later}`);
  assertEquals(repairs.get("address"), 1);
  assertEquals(counts.departures, 0);
  const drained = node.ipvs().split("\n").filter((line) =>
    line.endsWith("-w 0")
  );
  assert(drained.length < 20, node.ipvs());
  rest();
  await node.advance(100_000);
  assertEquals(node.agent.snapshot().counts.pending, 0);
  await node.stop();
});
