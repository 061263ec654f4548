/**
 * What packets of Services meet on a node: filters, other programs' rules,
 * sources that must not collide, and options of the node.
 *
 * @module
 */

import { drive } from "../guest/mod.ts";
import { portCollision } from "./packets/collisions.ts";
import { hostPorts, policyDrop, refusals } from "./packets/filters.ts";
import {
  flush,
  hostPortOfPod,
  neighbours,
  networkPolicy,
  publishNextTo,
} from "./packets/neighbours.ts";
import {
  comingAddress,
  localhost,
  publishOnNode,
  routes,
} from "./packets/node.ts";
import { sourceRanges } from "./packets/ranges.ts";
import { makeScene, type Scene } from "./packets/scene.ts";
import { hairpin, hostToVip, policyLocal } from "./packets/sources.ts";

/** Parts by name; each can run without the others. */
const PARTS: Readonly<
  Record<string, readonly ((scene: Scene) => Promise<void>)[]>
> = {
  filters: [sourceRanges, hostPorts, policyDrop, refusals],
  neighbours: [publishNextTo, hostPortOfPod, networkPolicy, flush, neighbours],
  sources: [policyLocal, hairpin, hostToVip, portCollision],
  node: [publishOnNode, comingAddress, localhost, routes],
};

await drive(async (driver) => {
  const only = driver.config.parameters["only"] ?? "";
  const scene = await makeScene(driver);
  for (const [name, steps] of Object.entries(PARTS)) {
    if (only !== "" && only !== name) continue;
    for (const step of steps) await step(scene);
  }
});
