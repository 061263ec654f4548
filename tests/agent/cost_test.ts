/**
 * What work costs, in processes and lines, whatever the size of the table.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { IpAddress } from "../../mod/model/mod.ts";
import { TestNode } from "./harness.ts";

const ENDPOINTS = 10;

function endpointsOf(index: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, at) => `10.${128 + (index >> 8)}.${index & 255}.${at + 1}`,
  );
}

/** A node with so many Services, and the processes that it started. */
async function bootedNode(services: number) {
  const node = new TestNode();
  node.start();
  for (let index = 0; index < services; index++) {
    node.put(`service-${index}`, {
      ip: `10.96.${index >> 8}.${index & 255}` as IpAddress,
    });
    node.endpoints(`service-${index}`, endpointsOf(index, ENDPOINTS));
  }
  node.sync();
  await node.advance(0);
  assertEquals(node.agent.snapshot().counts.virtualServers, services);
  const { processes } = node.host.counts;
  return { node, processes };
}

Deno.test("slow-first-sync: a first sync starts as many processes for 500 Services as for 2", async () => {
  const small = await bootedNode(2);
  const large = await bootedNode(500);
  assertEquals(large.processes, small.processes);
  assert(small.processes <= 20, `${small.processes} processes`);
  await small.node.stop();
  await large.node.stop();
});

Deno.test("full-resync-cost: one endpoint's change costs the same among 2 Services and among 500", async () => {
  const costs: unknown[] = [];
  for (const services of [2, 500]) {
    const { node } = await bootedNode(services);
    await node.advance(1_000);
    node.host.resetCounts();
    node.planned.length = 0;
    let characters = 0;
    node.host.onCall = (_, { stdout }) => characters += stdout.length;
    node.endpoints("service-1", endpointsOf(1, ENDPOINTS - 1));
    await node.advance(0);
    costs.push({ ...node.host.counts, characters, planned: node.planned });
    await node.stop();
  }
  assertEquals(costs[0], costs[1]);
  assertEquals(costs[0], {
    processes: 3,
    lines: 2,
    characters: 840,
    planned: ["default/service-1"],
  });
});

Deno.test("500 changes of endpoints within half a second take five passes at most", async () => {
  const { node } = await bootedNode(500);
  await node.advance(1_000);
  node.host.resetCounts();
  for (let index = 0; index < 500; index++) {
    node.endpoints(`service-${index}`, endpointsOf(index, ENDPOINTS + 1));
    await node.advance(1);
  }
  await node.advance(1_000);
  const batches = node.takeCalls().filter((call) => call.includes("--restore"));
  assert(batches.length <= 5, `${batches.length} batches`);
  const lines = batches.join("\n").match(/^(ipvsadm --restore: )?-a /gm);
  assertEquals(lines?.length, 500);
  await node.stop();
});
