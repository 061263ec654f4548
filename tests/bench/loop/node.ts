/**
 * The agent as a whole over tools in memory: what memory stays after many
 * changes, and how many passes a burst takes.
 *
 * @module
 */
import type { IpAddress } from "#model";
import { TestNode } from "../../agent/harness.ts";
import { ENDPOINTS } from "./cluster.ts";

const MB = 1 << 20;
/** Changes that one pass takes in. */
const CHANGES_PER_PASS = 100;
/** Changes of each Service before memory is measured. */
const WARM_UP_TURNS = 9;

/** A node whose agent has programmed so many Services. */
async function filledNode(
  services: number,
  protocol: "tcp" | "udp",
): Promise<TestNode> {
  const node = new TestNode({ families: ["ipv4"], timing: { syncMs: 1e9 } });
  node.start();
  for (let index = 0; index < services; index++) {
    node.put(`service-${index}`, {
      ip: `10.96.${index >> 8}.${index & 255}` as IpAddress,
      protocol,
    });
    change(node, index, 0);
  }
  node.sync();
  await node.advance(10_000);
  const { virtualServers, pending } = node.agent.snapshot().counts;
  if (virtualServers !== services || pending > 0) {
    throw new Error("Cannot measure: not everything is programmed");
  }
  return node;
}

/** Its endpoints, of which the one named is not ready. */
function change(node: TestNode, index: number, unready: number): void {
  node.endpoints(
    `service-${index}`,
    Array.from({ length: ENDPOINTS }, (_, at) => ({
      address: `10.${128 + (index >> 8)}.${index & 255}.${at + 1}`,
      ready: at + 1 !== unready,
    })),
  );
}

/** Heap after a collection, MB; the state file is on a disk in the end. */
function heapMb(node: TestNode): number {
  node.directory.files.clear();
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) {
    throw new Error("Cannot measure memory: say --v8-flags=--expose-gc");
  }
  collect();
  return Deno.memoryUsage().heapUsed / MB;
}

/**
 * Plays changes; gives by how much the heap grows meanwhile. Before, each
 * Service changes so often that its tables, in which what is new comes before
 * what is old goes, have the size at which they stay: a Map of ten grows to
 * twice its room at about the seventh change, once.
 */
export async function steadyMemory(
  services: number,
  changes: number,
): Promise<{ readonly grownMb: number; readonly heapMb: number }> {
  // UDP does not drain: looks at connections would be most of the time.
  const node = await filledNode(services, "udp");
  let startMb = 0;
  const warmUp = WARM_UP_TURNS * services;
  for (let done = 0; done < warmUp + changes; done += CHANGES_PER_PASS) {
    if (done === warmUp) startMb = heapMb(node);
    for (let i = 0; i < CHANGES_PER_PASS; i++) {
      const turn = Math.floor((done + i) / services);
      change(node, (done + i) % services, turn % ENDPOINTS + 1);
    }
    await node.advance(1_000);
    node.host.resetCounts();
    node.planned.length = 0;
  }
  const { pending, drains } = node.agent.snapshot().counts;
  if (pending + drains > 0) throw new Error("Cannot measure: work is left");
  const endMb = heapMb(node);
  await node.stop();
  return { grownMb: Math.max(0, endMb - startMb), heapMb: endMb };
}

/** Changes within half a second; gives the passes that change virtual servers. */
export async function burst(
  services: number,
  changes: number,
): Promise<number> {
  const node = await filledNode(services, "tcp");
  await node.advance(1_000);
  node.host.resetCounts();
  for (let i = 0; i < changes; i++) {
    change(node, i, 0);
    change(node, i, ENDPOINTS);
    await node.advance(1);
  }
  await node.advance(1_000);
  const passes =
    node.host.calls.filter(({ argv, stdin }) =>
      argv.includes("--restore") && stdin.includes("-w 0")
    ).length;
  await node.stop();
  return passes;
}
