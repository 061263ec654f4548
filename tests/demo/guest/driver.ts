/**
 * The demo's program inside the guest: sets up, tells the story, and leaves
 * the user with a shell when that was asked for.
 *
 * @module
 */

import { drive } from "../../lab/guest/mod.ts";
import { type Scene, setUp } from "./scene.ts";
import { bringBack, openShell } from "./shell.ts";
import { STORY } from "./story/mod.ts";

const SET_UP_LIMIT_MS = 60_000;

await drive(async (driver) => {
  const scenes: Scene[] = [];
  await driver.step(
    "A cluster of two nodes is set up",
    async () => scenes.push(await setUp(driver)),
    { required: true, limitMs: SET_UP_LIMIT_MS },
  );
  for (const scene of scenes) {
    let isTold = true;
    for (const { title, run } of STORY) {
      isTold = await driver.step(title, () => run(scene));
      if (!isTold) break;
    }
    if (driver.config.parameters["shell"] !== undefined) {
      if (isTold) await bringBack(scene);
      await openShell(scene);
    }
    if (!isTold) throw new Error("Cannot go on: the story ended there");
  }
});
