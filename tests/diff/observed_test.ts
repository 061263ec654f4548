import { assertEquals } from "@std/assert";
import { Observed } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import { Sample, words } from "./sample.ts";

Deno.test({
  name: "Observed takes listings in place of what it held",
  permissions: "none",
  fn: () => {
    const sample = new Sample();
    sample.put("a/web", [{ servers: { "10.0.0.1": 1 } }]);
    sample.apply(sample.diff());
    const fresh = new Observed();
    fresh.replaceServers(sample.observed.virtualServers);
    fresh.replaceAddresses(["10.96.0.1" as IpAddress]);
    fresh.replaceSets(
      new Map([
        ["KUBE-VS4-ADDRESSES", {
          elements: new Map([["10.96.0.1", undefined]]),
        }],
        ["KUBE-VS4-FRONTENDS", {
          elements: new Map([["10.96.0.1,tcp:80", undefined]]),
        }],
      ]),
    );
    assertEquals([...fresh.elements], [...sample.observed.elements]);
    assertEquals(fresh.addresses, sample.observed.addresses);
    const [key] = fresh.virtualServers.keys();
    if (key !== undefined) sample.observed.replaceServer(key, undefined);
    assertEquals(words(sample.diff()).length, 2);
  },
});
