/**
 * The kernel converges, on the wire: what connections notice while endpoints,
 * Services, nodes, the device and the agent itself come and go.
 *
 * @module
 */

import { drive } from "../guest/mod.ts";
import { affinity, deletion, portReuse } from "./converge/clients.ts";
import { device } from "./converge/device.ts";
import { gracefulEnd, nodeCrash } from "./converge/graceful.ts";
import { idle } from "./converge/idle.ts";
import { restarts } from "./converge/restart.ts";
import { makeScene } from "./converge/scene.ts";
import { senders } from "./converge/senders.ts";
import type { Scene } from "./packets/scene.ts";

/** Parts by name; each can run without the others. */
const PARTS: Readonly<
  Record<
    string,
    (scene: Scene, lengthMs: number) => Promise<void | (() => Promise<void>)>
  >
> = {
  // A transfer that outlives the agent outlives its pod's end on the way.
  restart: async (scene, lengthMs) => {
    const transfers = await gracefulEnd(scene);
    await restarts(scene);
    return await transfers.finish(lengthMs);
  },
  senders: async (scene) => {
    const silence = await idle(scene);
    await senders(scene);
    await silence();
  },
  clients: async (scene) => {
    await portReuse(scene);
    await affinity(scene);
    await deletion(scene);
  },
  crash: nodeCrash,
  device,
};

await drive(async (driver) => {
  const { only = "", lengthMs = "0" } = driver.config.parameters;
  const scene = await makeScene(driver);
  const later: (() => Promise<void>)[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (only !== "" && only !== name) continue;
    const end = await part(scene, Number(lengthMs));
    if (end) later.push(end);
  }
  for (const end of later) await end();
});
