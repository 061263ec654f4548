/**
 * What one endpoint's change costs the agent and its children: CPU time over
 * many changes, less what it uses in as long a time without any.
 *
 * @module
 */
import {
  Api,
  Cluster,
  type ClusterNode,
  type Driver,
} from "../../lab/guest/mod.ts";
import { address, ENDPOINTS, makeObjects } from "./objects.ts";

/** Enough that the looks at the rules, on a timer, weigh little. */
const CHANGES = 160;
/** More than the least time between two passes. */
const INTERVAL_MS = 250;
/** Runs of the bare tool. */
const FLOOR_RUNS = 50;
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
    await agent.waitFor(/ready: the kernel/, 1_200_000);
    await pause(10_000);
    // A change of each kind before, so that all code is warm.
    await changes(api, 10);
    await pause(3_000);
    const idle = () => cpuOf(agent.pid, () => pause(CHANGES * INTERVAL_MS / 2));
    const before = await idle();
    const busy = await cpuOf(agent.pid, () => changes(api, CHANGES));
    await pause(3_000);
    const after = await idle();
    const idleShare = (before.cpuMs + after.cpuMs) /
      (before.wallMs + after.wallMs);
    driver.data("change cost", {
      services,
      cpuMs: (busy.cpuMs - idleShare * busy.wallMs) / CHANGES,
      idleMs: idleShare * 1000,
      floorMs: await floorMs(cluster, node),
    });
    await cluster.stopAgent("sized");
  }, { limitMs: 2_300_000 });
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

/** CPU time of one bare `ipvsadm --restore` of one line. */
async function floorMs(cluster: Cluster, node: ClusterNode): Promise<number> {
  const first = (await cluster.ipvs(node.name)).split("\n")
    .find((line) => line.startsWith("-a "));
  const script = `i=0; while [ $i -lt ${FLOOR_RUNS} ]; do
  echo "${first?.replace("-a", "-e")}" | ipvsadm --restore || exit 1
  i=$((i + 1)); done; times`;
  const { code, stdout, stderr } = await cluster.exec(node, [
    "sh",
    "-c",
    script,
  ], { timeoutMs: 600_000 });
  // The second line of times(1p): the children's, "0m1.230000s 0m4.560000s".
  const figures = (stdout.trim().split("\n")[1] ?? "")
    .matchAll(/(\d+)m([\d.]+)s/g);
  const seconds = [...figures].map(([, m, s]) => Number(m) * 60 + Number(s));
  if (code !== 0 || seconds.length !== 2) {
    throw new Error(`Cannot measure the floor: ${stderr}${stdout}`);
  }
  return seconds.reduce((sum, part) => sum + part, 0) * 1000 / FLOOR_RUNS;
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
