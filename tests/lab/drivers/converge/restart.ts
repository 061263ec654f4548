/**
 * The agent is restarted, replaced and killed while connections come.
 *
 * @module
 */

import { difference, type ObservedNode } from "../../guest/mod.ts";
import { must, type Scene, untilReady } from "../packets/scene.ts";
import { checkForeign } from "./foreign.ts";
import { Flows } from "./flows.ts";
import { expectNoneLost, startLoads } from "./loads.ts";
import { expectSettings, leaveOldSettings } from "./settings.ts";
import { offer, sleep, startNode1, untilWhole } from "./scene.ts";

const LOADED = 20;
const NODE_PORT = 30_020;
const AFTER_MS = 1_000;

/** Three ways to end the agent and start one again. */
export async function restarts(scene: Scene): Promise<void> {
  const { driver, cluster, node1, db1, db2 } = scene;
  const loaded = { number: LOADED, nodePort: NODE_PORT };
  await offer(scene, { ...loaded, name: "loaded", endpoints: [db1, db2] });
  await untilWhole(scene, LOADED);
  const flows = await Flows.open(scene, LOADED);
  const through = async (change: () => Promise<unknown>): Promise<void> => {
    const before = await settled(scene);
    const stop = await startLoads(scene, loaded);
    await flows.touch();
    await change();
    await untilReady(scene, node1);
    await sleep(AFTER_MS);
    expectNoneLost(scene, await stop());
    await flows.expectSame();
    const after = await settled(scene);
    const changed = difference(before, after);
    if (changed !== "") throw new Error(changed);
  };
  await driver.step(
    "restart-not-hitless: ended by SIGTERM and started again, no connection fails",
    () =>
      through(async () => {
        const { code } = await cluster.stopAgent("node-1");
        if (code !== 0) throw new Error(`ended with ${code}`);
        startNode1(scene);
      }),
  );
  await driver.step(
    "restart-not-hitless: replaced by another build in place, no connection fails",
    () => through(() => upgrade(scene)),
  );
  await driver.step(
    "conn-reuse-dead-pod: settings that an older proxy left are put right",
    () => expectSettings(scene),
  );
  await driver.step(
    "restart-not-hitless: killed and started again, no connection fails",
    () =>
      through(async () => {
        await cluster.stopAgent("node-1", "SIGKILL");
        startNode1(scene);
      }),
  );
  await driver.step(
    "foreign-vs-deleted: virtual servers of others outlive start, passes and SIGKILL",
    () => checkForeign(scene),
  );
  await flows.close();
}

/** The node as it is, without what drains and counts. */
async function settled({ cluster }: Scene): Promise<ObservedNode> {
  return await cluster.observe("node-1");
}

/** Puts another build in the place of the program that runs, then starts it. */
async function upgrade(scene: Scene): Promise<void> {
  const { driver, cluster, node1 } = scene;
  const path = driver.config.bundles["agent"] ?? "";
  const text = await Deno.readTextFile(path);
  const before = await versionOf(scene);
  const other = text.replaceAll(`version: "${before}"`, 'version: "9.9.9"');
  if (other === text) throw new Error(`Cannot find version ${before} in it`);
  await Deno.writeTextFile(`${path}.new`, other);
  await Deno.rename(`${path}.new`, path);
  await cluster.stopAgent("node-1");
  await leaveOldSettings(cluster, node1);
  startNode1(scene);
  await untilReady(scene, node1);
  const after = await versionOf(scene);
  if (after !== "9.9.9") throw new Error(`version ${after} runs`);
}

async function versionOf(scene: Scene): Promise<string> {
  const metrics = await must(
    scene,
    scene.node1,
    "busybox wget -q -O - http://127.0.0.1:10249/metrics",
  );
  return /build_info\{[^}]*version="([^"]+)"/.exec(metrics)?.[1] ?? "unknown";
}
