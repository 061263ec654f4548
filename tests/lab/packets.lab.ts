/**
 * The filters, neighbours and options of a node, with real packets.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("packets of Services pass, and others do not", {
  driver: new URL("./drivers/packets.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  // One part of the driver, for a quick look: filters, neighbours, sources.
  parameters: { only: Deno.env.get("PACKETS_ONLY") ?? "" },
  timeLimitMs: 420_000,
});
