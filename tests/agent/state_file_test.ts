import { assert, assertEquals } from "@std/assert";
import { STATE_FILE, StateFile } from "../../mod/agent/mod.ts";
import type { IpAddress } from "../../mod/model/mod.ts";
import type { DrainTarget } from "../../mod/plan/mod.ts";
import { FakeRunDirectory } from "./fake_run_directory.ts";

const permissions = "none";

function address(text: string) {
  return {
    virtualServers: [],
    addresses: [text as IpAddress],
  };
}

Deno.test({
  name: "StateFile appends what changes and reads it back",
  permissions,
  fn: async () => {
    const directory = new FakeRunDirectory();
    const file = await StateFile.open(directory, () => {});
    assert(!file.found);
    await file.add(address("10.0.0.1"));
    await file.add(address("10.0.0.2"));
    await file.remove(address("10.0.0.1"));
    const text = directory.files.get(STATE_FILE) ?? "";
    assertEquals(text.split("\n").length, 5);
    const again = await StateFile.open(directory, () => {});
    assert(again.found);
    assertEquals(again.ownership.things(), file.ownership.things());
    assertEquals(directory.files.get(STATE_FILE)?.split("\n").length, 3);
  },
});

Deno.test({
  name: "StateFile is written afresh when most of it is of the past",
  permissions,
  fn: async () => {
    const directory = new FakeRunDirectory();
    const file = await StateFile.open(directory, () => {});
    for (let i = 0; i < 6_000; i++) {
      await file.add(address("10.0.0.1"));
      await file.remove(address("10.0.0.1"));
    }
    const lines = directory.files.get(STATE_FILE)?.split("\n").length ?? 0;
    assert(lines < 10_100, `${lines} lines`);
  },
});

Deno.test({
  name:
    "StateFile writes one after the other, though a drain by hand comes while it is written afresh",
  permissions,
  fn: async () => {
    const directory = new FakeRunDirectory();
    const file = await StateFile.open(directory, () => {});
    let [open, most] = [0, 0];
    const replace = directory.replace.bind(directory);
    directory.replace = async (name, text) => {
      most = Math.max(most, ++open);
      for (let i = 0; i < 10; i++) await Promise.resolve();
      await replace(name, text);
      open--;
    };
    const all = Array.from({ length: 10_100 }, () => "10.0.0.1" as IpAddress);
    const target = "node/a" as DrainTarget;
    const drain = { target, startedMs: 1, deadlineMs: 2 };
    await Promise.all([
      file.add({ virtualServers: [], addresses: all }),
      file.drainByHand([drain], []),
    ]);
    assertEquals(most, 1);
    const again = await StateFile.open(directory, () => {});
    assertEquals([...again.handDrains.values()], [drain]);
    assert(again.ownership.hasAddress("10.0.0.1" as IpAddress));
  },
});
