import { assertEquals, assertRejects } from "@std/assert";
import { HostSnapshotStore } from "../../mod/agent/mod.ts";
import { lacks, SCRATCH } from "../support/permission.ts";

const ENCODER = new TextEncoder();

function* failing(): Generator<Uint8Array> {
  yield ENCODER.encode("new\n");
  throw new Error("too much");
}

async function textOf(store: HostSnapshotStore): Promise<string | undefined> {
  const parts = await store.read();
  if (parts === undefined) return undefined;
  let text = "";
  for await (const part of parts) text += new TextDecoder().decode(part);
  return text;
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names;
}

Deno.test({
  name: "HostSnapshotStore replaces its file as a whole, for root alone",
  ignore: lacks("HostSnapshotStore", SCRATCH, { name: "read", path: "/tmp" }),
  fn: async () => {
    const path = await Deno.makeTempDir();
    try {
      const store = new HostSnapshotStore(`${path}/a/b`);
      assertEquals(await textOf(store), undefined);
      await store.write([ENCODER.encode("one\n"), ENCODER.encode("two\n")]);
      assertEquals(await textOf(store), "one\ntwo\n");
      const { mode } = await Deno.stat(store.path);
      assertEquals((mode ?? 0) & 0o777, 0o600);
      // What a kill in the middle left behind is in nobody's way.
      await Deno.writeTextFile(`${store.path}.new`, "torn");
      await store.write([ENCODER.encode("three\n")]);
      assertEquals(await textOf(store), "three\n");
      assertEquals(await namesIn(`${path}/a/b`), ["snapshot"]);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  },
});

Deno.test({
  name: "HostSnapshotStore keeps the old file when the new one fails midway",
  ignore: lacks("HostSnapshotStore", SCRATCH, { name: "read", path: "/tmp" }),
  fn: async () => {
    const path = await Deno.makeTempDir();
    try {
      const store = new HostSnapshotStore(path);
      await store.write([ENCODER.encode("old\n")]);
      await assertRejects(() => store.write(failing()), Error, "too much");
      assertEquals(await textOf(store), "old\n");
      assertEquals(await namesIn(path), ["snapshot"]);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  },
});
