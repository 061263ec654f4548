/**
 * Cleaning up on a real kernel: after the agent, and after kube-proxy's ipvs
 * mode as it was recorded; and `explain` on a node that serves.
 *
 * @module
 */

import { labTest } from "./mod.ts";
import { compareSnapshot } from "./snapshots.ts";

const FIXTURES = new URL("../cli/cleanup/fixtures/", import.meta.url);

function recorded(what: string): Promise<string> {
  return Deno.readTextFile(
    new URL(`kube-proxy-1.36.2.${what}.txt`, FIXTURES),
  );
}

labTest("a node is as it was before", {
  driver: new URL("./drivers/cleanup.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  parameters: {
    nat: await recorded("nat"),
    filter: await recorded("filter"),
    sets: await recorded("ipset-save"),
    servers: await recorded("ipvsadm-Sn"),
  },
  timeLimitMs: 480_000,
  onData: (name, value) =>
    compareSnapshot(name, (value as { readonly text: string }).text),
});
