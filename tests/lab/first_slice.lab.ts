/**
 * A ClusterIP Service on a real kernel, by the real API path.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("a Service answers, follows every change and leaves nothing", {
  driver: new URL("./drivers/first_slice.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 420_000,
});
