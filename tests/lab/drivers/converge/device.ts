/**
 * Others take down, flush and delete the device while connections come.
 *
 * @module
 */

import { addressOf, eventually, FAMILIES } from "../../guest/mod.ts";
import { must, type Scene, untilAll } from "../packets/scene.ts";
import { expectNoneLost, startLoads } from "./loads.ts";
import { offer, sleep } from "./scene.ts";

const SERVICE = { name: "healed", number: 30, nodePort: 30_030 } as const;
/** What is done, and whether it breaks what is under way. */
const DAMAGES = [
  ["set down", "ip link set kube-ipvs0 up; ip link set kube-ipvs0 down"],
  ["flushed", "ip addr flush dev kube-ipvs0"],
  ["deleted", "ip link del kube-ipvs0"],
] as const;
const HEALED_MS = 1_000;

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
        const kept = await cluster.stream(web, {
          address: vips[0] ?? "",
          port: 80,
        });
        const stop = await startLoads(scene, SERVICE);
        await sleep(500);
        await must(scene, node1, script);
        const ms = await healed(scene);
        driver.say(`all addresses back after ${ms} ms`);
        await sleep(300);
        const report = await stop();
        driver.say(JSON.stringify(report, null, 1).slice(0, 3000));
        const fresh = await startLoads(scene, SERVICE);
        await sleep(1_000);
        expectNoneLost(scene, await fresh());
        const seen = await kept.stop();
        driver.say(JSON.stringify(seen));
        if (seen.failure !== undefined || seen.answered !== seen.sent) {
          throw new Error(JSON.stringify(seen));
        }
        if (ms > HEALED_MS) throw new Error(`healed only after ${ms} ms`);
      },
    );
  }
}

/** Waits until every address of the Service is back. */
function healed(scene: Scene): Promise<number> {
  return eventually(async () => {
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
  }, { timeoutMs: 15_000, pauseMs: 20 });
}
