/**
 * As `converge.lab.ts`, with transfers of 60 s.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("connections outlive what is done around them, and long ones too", {
  driver: new URL("./drivers/converge.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: { lengthMs: "60000" },
  timeLimitMs: 600_000,
});
