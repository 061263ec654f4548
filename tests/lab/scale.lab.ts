/**
 * What a thousand Services cost, against the bare tools.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("a thousand Services cost little, one change costs one change", {
  driver: new URL("./drivers/scale.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 400_000,
});
