/**
 * The matrix on the wire: who is answered by whom, with which source address.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("every client gets what the matrix says", {
  driver: new URL("./drivers/matrix.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: {
    table: await Deno.readTextFile(new URL("./matrix.txt", import.meta.url)),
  },
  timeLimitMs: 420_000,
});
