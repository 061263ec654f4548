/**
 * The first slice as a story: a ClusterIP Service from its creation to its
 * deletion, all through the API server and real agents.
 *
 * @module
 */

import { drive } from "../guest/mod.ts";
import { refuse, remove, scale } from "./first_slice/changes.ts";
import { affinity, reach } from "./first_slice/reach.ts";
import { agentRights, toolRights } from "./first_slice/rights.ts";
import { checkForeign, makeScene } from "./first_slice/scene.ts";
import { drift, malformedObjects, restart } from "./first_slice/trouble.ts";

await drive(async (driver) => {
  const scene = await makeScene(driver);
  await agentRights(scene);
  await reach(scene);
  await scale(scene);
  await affinity(scene);
  await refuse(scene);
  await driver.step("what is foreign is untouched", () => checkForeign(scene));
  await malformedObjects(scene);
  await drift(scene);
  await restart(scene);
  await toolRights(scene);
  await remove(scene);
  await driver.step(
    "what is foreign is still untouched",
    () => checkForeign(scene),
  );
});
