/**
 * A node moves over from kube-proxy's iptables mode and back, under a load of
 * new connections, and with some that go on all the time.
 *
 * @module
 */

import { labTest } from "./mod.ts";
import { compareSnapshot } from "./snapshots.ts";

labTest("a node moves over from iptables mode and back", {
  driver: new URL("./drivers/migrate_iptables.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 480_000,
  onData: (name, value) =>
    compareSnapshot(name, (value as { readonly text: string }).text),
});
