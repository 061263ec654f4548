import { assert, assertEquals } from "@std/assert";
import { createHost } from "#apply";
import { FakeHost } from "../support/fake_host.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "load() names each module that is absent or refused, and why",
  PURE,
  async () => {
    const fake = new FakeHost();
    fake.modules.absent.add("ip_vs_mh");
    fake.modules.refused.add("dummy");
    const failed = await createHost(fake, "nft").modules.load([
      "ip_vs",
      "ip_vs_mh",
      "dummy",
    ]);
    assertEquals(
      failed,
      new Map([
        [
          "ip_vs_mh",
          "Module ip_vs_mh not found in directory /lib/modules/6.1.0-fake",
        ],
        ["dummy", "could not insert 'dummy': Operation not permitted"],
      ]),
    );
    assert(fake.modules.loaded.has("ip_vs"));
  },
);

Deno.test(
  "load() counts what is loaded already, files or no files",
  PURE,
  async () => {
    const fake = new FakeHost();
    fake.modules.absent.add("ip_vs").add("nf-conntrack");
    fake.modules.loaded.add("ip_vs").add("nf_conntrack");
    const { modules } = createHost(fake, "nft");
    assertEquals(await modules.load(["ip_vs", "nf-conntrack"]), new Map());
  },
);

Deno.test("load() of nothing runs nothing", PURE, async () => {
  const fake = new FakeHost();
  assertEquals(await createHost(fake, "nft").modules.load([]), new Map());
  assertEquals(fake.counts.processes, 0);
});
