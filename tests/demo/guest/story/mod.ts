/**
 * The story: its steps in order. In comes the scene, ready; each step tells
 * what it does and proves what it claims, or throws.
 *
 * @module
 */

import { DB, type Scene } from "../scene.ts";
import { createService, reachFromEverywhere } from "./create_service.ts";
import { deletePodUnderLoad } from "./delete_pod.ts";
import { deleteService } from "./delete_service.ts";
import { reachByName } from "./names.ts";
import { showNoProcess } from "./no_process.ts";
import { reachByPodAddress, replacePod } from "./pod_addresses.ts";
import { scaleUp } from "./scale.ts";

/** A step of the story. */
export interface Step {
  /** What happens, as its heading. */
  readonly title: string;
  /** Does it; throws when something is not as claimed. */
  readonly run: (scene: Scene) => Promise<void>;
}

/** All steps, in order; each builds on those before. */
export const STORY: readonly Step[] = [
  { title: "web reaches db by pod IP", run: reachByPodAddress },
  { title: "The pod is replaced, and that breaks", run: replacePod },
  {
    title: `Service db is created with ${DB.clusterIp}`,
    run: createService,
  },
  {
    title: "Everyone reaches it: other pods, both nodes, db itself",
    run: reachFromEverywhere,
  },
  { title: "It has a name, by cluster DNS", run: reachByName },
  { title: "No process is behind the address", run: showNoProcess },
  { title: "db is scaled to three", run: scaleUp },
  { title: "A pod is deleted under load", run: deletePodUnderLoad },
  { title: "The Service is deleted", run: deleteService },
];
