import { assert, assertEquals } from "@std/assert";
import { HostRunDirectory } from "../../mod/agent/mod.ts";
import { lacks, SCRATCH } from "../support/permission.ts";

Deno.test({
  name: "HostRunDirectory keeps files and gives its lock to one alone",
  ignore: lacks("HostRunDirectory", SCRATCH, { name: "read", path: "/tmp" }),
  fn: async () => {
    const path = await Deno.makeTempDir();
    try {
      const directory = new HostRunDirectory(`${path}/run`);
      assertEquals(await directory.read("state"), undefined);
      await directory.append("state", "a\n");
      await directory.append("state", "b\n");
      assertEquals(await directory.read("state"), "a\nb\n");
      await directory.replace("state", "c\n");
      assertEquals(await directory.read("state"), "c\n");
      const lock = await directory.lock("lock");
      assert(lock !== undefined);
      assertEquals(await directory.lock("lock"), undefined);
      await lock.release();
      const again = await directory.lock("lock");
      assert(again !== undefined, "free again");
      await again.release();
      await directory.append("other", "d\n");
      await directory.clear(["state", "lock", "absent"]);
      assertEquals(await directory.read("state"), undefined);
      assertEquals(await directory.read("other"), "d\n", "and its folder");
      await directory.clear(["other"]);
      const left = await Array.fromAsync(Deno.readDir(path));
      assertEquals(left, [], "the empty folder went as well");
      await directory.clear(["other"]);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  },
});
