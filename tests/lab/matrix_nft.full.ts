/**
 * The matrix on the wire where the rules are iptables-nft's, on Debian's stock
 * kernel under emulation.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("every client gets what the matrix says, by iptables-nft", {
  kernel: "stock",
  driver: new URL("./drivers/matrix.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: {
    patience: "4",
    backEnd: "nft",
    table: await Deno.readTextFile(new URL("./matrix.txt", import.meta.url)),
  },
  memoryMb: 3072,
  timeLimitMs: 1_200_000,
});
