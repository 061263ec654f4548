/**
 * A node moves over from kube-proxy's ipvs mode, as it was recorded, and back,
 * under a load of new connections.
 *
 * @module
 */

import { recordedKubeProxy } from "./kube_proxy_recorded.ts";
import { labTest } from "./mod.ts";
import { compareSnapshot } from "./snapshots.ts";

labTest("a node moves over from kube-proxy and back", {
  driver: new URL("./drivers/migrate.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: await recordedKubeProxy(),
  timeLimitMs: 480_000,
  onData: (name, value) =>
    compareSnapshot(name, (value as { readonly text: string }).text),
});
