/**
 * What the fakes of the unit tests promise, on the real tools and kernel.
 *
 * @module
 */

import { labTest } from "../lab/mod.ts";

labTest("the tools do what the fakes do", {
  driver: new URL("../lab/drivers/contract.ts", import.meta.url),
  programs: { contract: new URL("./host_contract.lab.ts", import.meta.url) },
  timeLimitMs: 360_000,
});
