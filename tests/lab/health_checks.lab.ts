/**
 * Health-check node ports as a load balancer sees them.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("health-lies: a load balancer is sent where endpoints answer", {
  driver: new URL("./drivers/health_checks.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 240_000,
});
