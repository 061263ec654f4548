/**
 * Every command against a running agent on a real kernel; what each prints is
 * kept in `snapshots/`. To write them anew:
 *
 *     UPDATE_SNAPSHOTS=1 deno test -A tests/lab/commands.lab.ts
 *
 * @module
 */

import { labTest } from "./mod.ts";
import { compareSnapshot } from "./snapshots.ts";

labTest("commands tell and do what they say", {
  driver: new URL("./drivers/commands.ts", import.meta.url),
  programs: {
    agent: new URL("../../main.ts", import.meta.url),
    apiserver: new URL("../apiserver/serve.ts", import.meta.url),
  },
  timeLimitMs: 420_000,
  onData: (name, value) =>
    compareSnapshot(name, (value as { readonly text: string }).text),
});
