/**
 * What one endpoint's change costs the agent and its children: CPU time over
 * many changes, less what it uses in as long a time without any.
 *
 * @module
 */
import { Api, Cluster, type Driver } from "../../lab/guest/mod.ts";
import { address, ENDPOINTS, makeObjects } from "./objects.ts";

/** Enough that the looks at the rules, on a timer, weigh little. */
const CHANGES = 160;
/** More than the least time between two passes. */
const INTERVAL_MS = 250;
/** A tick of /proc/PID/stat, ms. */
const TICK_MS = 10;

/** Measures one size of cluster. */
export async function changeCost(
  driver: Driver,
  services: number,
): Promise<void> {
  const cluster = await Cluster.create(driver);
  const node = await cluster.addNode("sized");
  const objects = "/tmp/objects.json";
  await Deno.writeTextFile(
    objects,
    JSON.stringify(makeObjects(services, [node])),
  );
  const api = await Api.start(cluster, ["--objects", objects]);
  await driver.step(`${services} services`, async () => {
    const agent = cluster.startAgent("sized", {
      program: "agent",
      parameters: [
        "run",
        "--kubeconfig",
        api.kubeconfig,
        "--hostname-override",
        "sized",
        "--ipvs-sync-period=20m",
      ],
    });
    await agent.waitFor(/ready: the kernel/, 400_000);
    await pause(10_000);
    // A change of each kind before, so that all code is warm.
    await changes(api, 10);
    await pause(3_000);
    const busy = await cpuOf(agent.pid, () => changes(api, CHANGES));
    await pause(3_000);
    const idle = await cpuOf(
      agent.pid,
      () => pause(CHANGES * INTERVAL_MS),
    );
    driver.data("change cost", {
      services,
      cpuMs: (busy.cpuMs - idle.cpuMs * busy.wallMs / idle.wallMs) / CHANGES,
      idleMs: idle.cpuMs / (idle.wallMs / 1000),
    });
    await cluster.stopAgent("sized");
  }, { limitMs: 580_000 });
}

/** An endpoint goes, and comes back; the last change is awaited. */
async function changes(api: Api, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const gone = i % 2 === 0 ? 0 : -1;
    const service = (i >> 1) % 50;
    await api.patch("EndpointSlice", `service-${service}-slice`, {
      endpoints: Array.from({ length: ENDPOINTS }, (_, at) => ({
        addresses: [address(service * ENDPOINTS + at)],
        conditions: { ready: at !== gone, serving: true, terminating: false },
      })),
    });
    await pause(INTERVAL_MS);
  }
}

/** CPU time of a process and its children that have ended, while it works. */
async function cpuOf(
  pid: number,
  work: () => Promise<void>,
): Promise<{ readonly cpuMs: number; readonly wallMs: number }> {
  const before = await ticksOf(pid);
  const startMs = performance.now();
  await work();
  const wallMs = performance.now() - startMs;
  return { cpuMs: (await ticksOf(pid) - before) * TICK_MS, wallMs };
}

async function ticksOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
  // utime, stime, cutime, cstime: fields 14 to 17 of proc(5).
  return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
