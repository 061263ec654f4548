import { assertEquals } from "@std/assert";
import { createHost, openHost } from "#apply";
import { FakeHost } from "../support/fake_host.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "openHost() looks before it chooses; createHost() runs nothing",
  PURE,
  async () => {
    const fake = new FakeHost();
    fake.iptables.works.nft = false;
    assertEquals(createHost(fake, "nft").iptables.backEnd, "nft");
    assertEquals(fake.counts.processes, 0);
    const host = await openHost(fake);
    assertEquals(host.iptables.backEnd, "legacy");
    assertEquals([...fake.iptables.tables["iptables-legacy"].keys()], [
      "mangle",
    ]);
    assertEquals(Object.keys(host).sort(), [
      "conntrack",
      "ipSets",
      "iptables",
      "ipvs",
      "links",
      "modules",
      "routes",
      "sysctls",
    ]);
  },
);
