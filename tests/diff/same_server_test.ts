import { assert } from "@std/assert";
import { sameVirtualServer } from "../../mod/diff/mod.ts";
import { type SampleFrontend, sampleFrontend } from "./sample.ts";

const SAME: SampleFrontend = { servers: { "10.0.0.1": 1 } };
const OTHERS: readonly SampleFrontend[] = [
  { ...SAME, port: 81 },
  { ...SAME, scheduler: "sh" },
  { ...SAME, persistence: 60 },
  { servers: { "10.0.0.1": 2 } },
  { servers: { "10.0.0.2": 1 } },
  { servers: { "10.0.0.1": 1, "10.0.0.2": 1 } },
];

Deno.test({
  name: "sameVirtualServer() looks at every part that the kernel knows",
  permissions: "none",
  fn: () => {
    const [left] = sampleFrontend(SAME).virtualServers;
    const [equal] = sampleFrontend(SAME).virtualServers;
    assert(left !== undefined && equal !== undefined);
    assert(sameVirtualServer(left, equal));
    for (const other of OTHERS) {
      const [right] = sampleFrontend(other).virtualServers;
      assert(right !== undefined);
      assert(!sameVirtualServer(left, right), JSON.stringify(other));
      assert(!sameVirtualServer(right, left), JSON.stringify(other));
    }
  },
});
