/**
 * The filters, neighbours and options of a node where the rules are
 * iptables-nft's, on Debian's stock kernel under emulation.
 *
 * @module
 */

import { labTest } from "./mod.ts";

labTest("packets of Services pass, and others do not, by iptables-nft", {
  kernel: "stock",
  driver: new URL("./drivers/packets.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: { only: Deno.env.get("PACKETS_ONLY") ?? "", patience: "4" },
  memoryMb: 3072,
  timeLimitMs: 1_800_000,
});
