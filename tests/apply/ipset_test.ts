import { assertEquals, assertRejects } from "@std/assert";
import { BatchError, createHost } from "#apply";
import { SET_KINDS, type SetEntry } from "#plan";
import { FakeHost } from "../support/fake_host.ts";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;

Deno.test(
  "restore() adds before it deletes, each set in one stretch",
  PURE,
  async () => {
    const runner = new ScriptedRunner({});
    const entry = (set: SetEntry["set"], element: string): SetEntry => ({
      family: "ipv4",
      set,
      element,
    });
    await createHost(runner, "nft").ipSets.restore({
      add: [
        entry("frontends", "10.0.0.1,tcp:1"),
        entry("addresses", "10.0.0.1"),
        { ...entry("mark", "10.0.0.1,tcp:1"), mark: 0x10 },
        entry("frontends", "10.0.0.2,tcp:1"),
      ],
      delete: [entry("refuse", "10.0.0.1,tcp:1")],
    });
    assertEquals(runner.asked, [{
      argv: "ipset restore -exist",
      stdin: "add KUBE-VS4-FRONTENDS 10.0.0.1,tcp:1\n" +
        "add KUBE-VS4-FRONTENDS 10.0.0.2,tcp:1\n" +
        "add KUBE-VS4-ADDRESSES 10.0.0.1\n" +
        "add KUBE-VS4-MARK 10.0.0.1,tcp:1 skbmark 0x10\n" +
        "del KUBE-VS4-REFUSE 10.0.0.1,tcp:1\n",
    }]);
  },
);

Deno.test("nothing to do runs nothing", PURE, async () => {
  const { ipSets } = createHost(new ScriptedRunner(), "nft");
  await ipSets.restore({ add: [], delete: [] });
  await ipSets.destroy([]);
  await ipSets.ensure([], new Map());
});

Deno.test("ensure() makes all sets with one process", PURE, async () => {
  const fake = new FakeHost();
  const { ipSets } = createHost(fake, "nft");
  const needs = SET_KINDS.map((set) => ({
    family: "ipv6" as const,
    set,
    elements: 10,
  }));
  await ipSets.ensure(needs, await ipSets.list());
  assertEquals(fake.counts.processes, 2);
  assertEquals(fake.ipset.sets.size, SET_KINDS.length);
});

Deno.test(
  "200,000 elements are added, listed and moved to a larger set",
  PURE,
  async () => {
    const fake = new FakeHost();
    const { ipSets } = createHost(fake, "nft");
    const need = { family: "ipv4", set: "frontends" } as const;
    const add = Array.from({ length: 200_000 }, (_, i) => ({
      ...need,
      element: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255},tcp:80`,
    }));
    const wants = { ...need, elements: add.length };
    await ipSets.ensure([wants], await ipSets.list());
    await ipSets.restore({ add, delete: [] });
    const sets = await ipSets.list();
    assertEquals(sets.get("KUBE-VS4-FRONTENDS")?.elements.size, add.length);
    await ipSets.ensure([{ ...wants, elements: 400_000 }], sets);
    const grown = (await ipSets.list()).get("KUBE-VS4-FRONTENDS");
    assertEquals(grown?.maxElements, 1_048_576);
    assertEquals(grown?.elements, sets.get("KUBE-VS4-FRONTENDS")?.elements);
  },
);

Deno.test("a batch that died half way throws", PURE, async () => {
  const { ipSets } = createHost(new ScriptedRunner({ code: 137 }), "nft");
  const error = await assertRejects(() => ipSets.destroy(["X"]), BatchError);
  assertEquals(error.code, 137);
});
