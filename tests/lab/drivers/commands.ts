/**
 * Every command against a running agent, as an operator types it. What each
 * printed goes to the host, which keeps it as a snapshot.
 *
 * @module
 */

import { drive } from "../guest/mod.ts";
import {
  askAll,
  askNobody,
  gatherSupport,
  withoutAgent,
} from "./commands/ask.ts";
import { drainByHand } from "./commands/drain.ts";
import { makeScene } from "./commands/scene.ts";
import { drawTop } from "./commands/top.ts";

await drive(async (driver) => {
  const scene = await makeScene(driver);
  await askAll(scene);
  await gatherSupport(scene);
  await askNobody(scene);
  await drainByHand(scene);
  await drawTop(scene);
  await withoutAgent(scene);
});
