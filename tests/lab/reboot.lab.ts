/**
 * A restart and a reboot with the API server out of reach, on a real kernel.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("a rebooted node serves by its snapshot until the API server answers", {
  driver: new URL("./drivers/reboot.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 420_000,
});
