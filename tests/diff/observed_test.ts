import { assertEquals } from "@std/assert";
import { type IpvsOperation, Observed } from "../../mod/diff/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { RealServerKey, VirtualServerKey } from "../../mod/plan/mod.ts";
import { Sample, words } from "./sample.ts";

Deno.test({
  name: "Observed keeps apart virtual servers whose operations are mixed",
  permissions: "none",
  fn: () => {
    const observed = new Observed();
    const keys = ["-t 10.96.0.1:80", "-t 10.96.0.2:80"] as VirtualServerKey[];
    const real = (at: number) => `10.0.0.${at}:80` as RealServerKey;
    observed.confirmIpvs(keys.map((key): IpvsOperation => ({
      verb: "add-service",
      server: {
        key,
        scheduler: "rr",
        schedulerFlags: [],
        realServers: new Map(),
      },
    })));
    const add = (key: VirtualServerKey, at: number): IpvsOperation => ({
      verb: "add-server",
      key,
      realServer: { key: real(at), weight: at },
    });
    const [one, two] = keys as [VirtualServerKey, VirtualServerKey];
    observed.confirmIpvs([
      ...[add(one, 1), add(two, 2), add(one, 3), add(two, 4), add(two, 5)],
      { verb: "delete-server", key: one, realServerKey: real(1) },
      { verb: "delete-server", key: two, realServerKey: real(4) },
    ]);
    const held = keys.map((key) =>
      [...observed.virtualServer(key)?.realServers.values() ?? []]
        .map(({ key, weight }) => `${key} ${weight}`)
    );
    assertEquals(held, [["10.0.0.3:80 3"], ["10.0.0.2:80 2", "10.0.0.5:80 5"]]);
    observed.confirmIpvs([add(one, 6), { verb: "delete-service", key: one }]);
    assertEquals(observed.virtualServer(one), undefined);
  },
});

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
        ["KUBE-VS4-FRONTENDS", {
          elements: new Map([["10.96.0.1,tcp:80", undefined]]),
        }],
        ["KUBE-VS4-ADDRESSES", {
          elements: new Map([["10.96.0.1", undefined]]),
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
