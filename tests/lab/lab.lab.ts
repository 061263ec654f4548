/**
 * The lab proves itself.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("the lab tells how packets really go", {
  driver: new URL("./drivers/lab.ts", import.meta.url),
  timeLimitMs: 180_000,
});
