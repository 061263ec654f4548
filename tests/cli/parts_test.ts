import { assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/host.ts";
import { compose } from "../../mod/cli/compose.ts";
import { openParts } from "../../mod/cli/parts.ts";
import { FakeNode, settingsOf } from "./support.ts";

const NOTHING = { permissions: "none" } as const;

async function partsOf(...args: string[]) {
  const node = new FakeNode();
  const options = {
    settings: settingsOf("--metrics-bind-address=", ...args),
    nodeName: "node-1",
    ready: {
      host: createHost(node, "legacy"),
      inspection: { findings: [], hasNft: false },
      backEnd: { backEnd: "legacy", reason: "a test", strayChains: [] },
      families: new Set(["ipv4"]),
      cpus: 2,
      writeKernelSettings: () => Promise.resolve(undefined),
    },
    runner: node,
    transport: { send: () => Promise.reject(new Error("nowhere")) },
  } as const;
  return await openParts(options as never, compose(options as never, {}));
}

Deno.test(
  "openParts() opens what is asked for, and touches nothing",
  NOTHING,
  async () => {
    const { parts, metrics } = await partsOf();
    assertEquals(metrics, undefined);
    const more = await partsOf("--localhost-node-ports");
    assertEquals(more.parts.length, parts.length + 1);
    for (const part of more.parts) part.close?.();
  },
);
