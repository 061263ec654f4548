/**
 * Others take down, flush and delete the device while connections come.
 *
 * @module
 */

import { addressOf, eventually, FAMILIES } from "../../guest/mod.ts";
import { must, type Scene, untilAll } from "../packets/scene.ts";
import { expectNoneFailed, expectNoneLost, startLoads } from "./loads.ts";
import { offer, sleep } from "./scene.ts";

const SERVICE = { name: "healed", number: 30, nodePort: 30_030 } as const;
/** What is done to it. */
const DAMAGES = [
  ["set down", "ip link set kube-ipvs0 up; ip link set kube-ipvs0 down"],
  ["flushed", "ip addr flush dev kube-ipvs0"],
  ["deleted", "ip link del kube-ipvs0"],
] as const;
const HEALED_MS = 1_000;
/**
 * A look costs two processes; on a host that is busy with other things they
 * take longer than this, and all that the agent does takes longer with them.
 */
const LOOK_MS = 150;
/** Between two looks. */
const PAUSE_MS = 20;
/** A datagram is sent once; it is not waited for. */
const DATAGRAM_MS = 1_000;

/** NetworkManager and others at work. */
export async function device(scene: Scene): Promise<void> {
  const { driver, cluster, web, node1, db1, db2 } = scene;
  await offer(scene, { ...SERVICE, endpoints: [db1, db2] });
  const vips = FAMILIES.map((family) =>
    addressOf(SERVICE.number, "cluster-ip", family)
  );
  const healthy = [web, node1, cluster.outside].flatMap((from) =>
    vips.map((address) =>
      [from, { address, port: 80 }, "db-1", "db-2"] as const
    )
  );
  await untilAll(scene, healthy);
  for (const [name, script] of DAMAGES) {
    await driver.step(
      `nm-networkd-device: the device is ${name} under load, healed within a second`,
      async () => {
        const { ms, lookMs } = await damage(scene, script);
        const limitMs = HEALED_MS * Math.max(1, lookMs / LOOK_MS);
        driver.say(`${ms} ms of ${Math.round(limitMs)}; a look ${lookMs} ms`);
        if (ms > limitMs) throw new Error(`healed only after ${ms} ms`);
      },
    );
  }
}

/** How soon the device was whole again, and what a look at it took meanwhile. */
interface Healing {
  readonly ms: number;
  readonly lookMs: number;
}

/** Damages the device under load. */
async function damage(scene: Scene, script: string): Promise<Healing> {
  const { driver, cluster, web, node1 } = scene;
  const address = addressOf(SERVICE.number, "cluster-ip", "ipv4");
  const kept = await cluster.stream(web, { address, port: 80 });
  const stop = await startLoads(scene, SERVICE, DATAGRAM_MS);
  await sleep(300);
  await must(scene, node1, script);
  const healing = await healed(scene);
  await sleep(300);
  expectNoneFailed(scene, await stop());
  const fresh = await startLoads(scene, SERVICE);
  await sleep(700);
  expectNoneLost(scene, await fresh());
  const seen = await kept.stop();
  driver.say(`open all the while, silent for ${seen.longestGapMs} ms`);
  if (seen.failure !== undefined || seen.answered !== seen.sent) {
    throw new Error(JSON.stringify(seen));
  }
  return healing;
}

/** Waits until every address of the Service is back. */
async function healed(scene: Scene): Promise<Healing> {
  let looks = 0;
  const ms = await eventually(async () => {
    looks += 1;
    const text = await must(
      scene,
      scene.node1,
      "ip -o addr show dev kube-ipvs0 2>/dev/null || true",
    );
    for (const kind of ["cluster-ip", "load-balancer"] as const) {
      for (const family of FAMILIES) {
        const address = addressOf(SERVICE.number, kind, family);
        if (!text.includes(` ${address}/`)) throw new Error(`no ${address}`);
      }
    }
  }, { timeoutMs: 9_000, pauseMs: PAUSE_MS });
  return { ms, lookMs: Math.round(ms / looks) - PAUSE_MS };
}
