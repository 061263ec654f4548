/**
 * What a packet costs among few Services and among many.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("a packet costs the same among 10 and among 5,000 Services", {
  driver: new URL("./drivers/packet_cost.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 400_000,
});
