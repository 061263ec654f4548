/**
 * Nothing that could live is lost, whatever is done to the cluster, the node
 * or the agent: with real packets.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("connections outlive what is done around them", {
  driver: new URL("./drivers/converge.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  // One part of the driver, for a quick look: restart, senders, clients, ...
  parameters: { only: Deno.env.get("CONVERGE_ONLY") ?? "" },
  timeLimitMs: 420_000,
});
