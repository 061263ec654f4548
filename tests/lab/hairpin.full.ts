/**
 * Every dial that hears nothing is explained.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest(
  "a pod that reaches itself is answered, unless two dials share a port",
  {
    driver: new URL("./drivers/hairpin.ts", import.meta.url),
    programs: {
      agent: new URL("../../main.ts", import.meta.url),
      apiserver: new URL("../apiserver/serve.ts", import.meta.url),
    },
    parameters: { dials: Deno.env.get("HAIRPIN_DIALS") ?? "10000" },
    timeLimitMs: 1_500_000,
  },
);
