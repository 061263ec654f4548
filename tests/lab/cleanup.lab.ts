/**
 * Cleaning up on a real kernel: after the agent, and after kube-proxy's ipvs
 * mode as it was recorded; and `explain` on a node that serves.
 *
 * @module
 */

import { recordedKubeProxy } from "./kube_proxy_recorded.ts";
import { labTest } from "./mod.ts";
import { compareSnapshot } from "./snapshots.ts";

labTest("a node is as it was before", {
  driver: new URL("./drivers/cleanup.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: await recordedKubeProxy(),
  timeLimitMs: 480_000,
  onData: (name, value) =>
    compareSnapshot(name, (value as { readonly text: string }).text),
});
