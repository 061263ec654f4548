import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClusterModel, decodeService } from "../../mod/model/mod.ts";
import {
  checkSnapshot,
  readSnapshot,
  writeSnapshot,
} from "../../mod/agent/snapshot_file.ts";
import { FakeSnapshotStore } from "./fake_snapshot_store.ts";

const HEADER = { node: "node-1", takenMs: 7 };

function modelOf(services: number): ClusterModel {
  const model = new ClusterModel({ nodeName: "node-1" });
  for (let at = 0; at < services; at++) {
    const name = `s${at}`;
    const object = decodeService({
      metadata: { namespace: "default", name },
      spec: {
        clusterIP: `10.${96 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`,
        ports: [{ port: 80 }],
      },
    });
    model.upsertService(`default/${name}`, object);
  }
  return model;
}

async function written(services: number): Promise<FakeSnapshotStore> {
  const store = new FakeSnapshotStore();
  await writeSnapshot(store, modelOf(services), { header: HEADER });
  return store;
}

Deno.test({
  name: "a snapshot reads back as it was written",
  permissions: "none",
  fn: async () => {
    for (const services of [0, 1, 3]) {
      const store = await written(services);
      assertEquals(await checkSnapshot(store), {
        kind: "good",
        header: HEADER,
      });
      const events = await Array.fromAsync(readSnapshot(store));
      assertEquals(events.length, services);
    }
  },
});

Deno.test({
  name: "a snapshot is written in parts, never as one text",
  permissions: "none",
  fn: async () => {
    const store = await written(2_000);
    const length = store.text?.length ?? 0;
    assert(length > 500_000, `it is large: ${length}`);
    assert(store.largestPart < 70_000, `in parts: ${store.largestPart}`);
  },
});

Deno.test({
  name: "checkSnapshot() finds each byte that differs, is missing or too much",
  permissions: "none",
  fn: async () => {
    const store = await written(1);
    const text = store.text ?? "";
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === "x" ? "y" : "x";
      store.text = text.slice(0, at) + other + text.slice(at + 1);
      // The last line feed ends nothing that another byte would not.
      if (at === text.length - 1) continue;
      assertEquals((await checkSnapshot(store)).kind, "bad", `byte ${at}`);
      store.text = text.slice(0, at);
      assertEquals((await checkSnapshot(store)).kind, "bad", `until ${at}`);
    }
    store.text = `${text}{}\n`;
    assertEquals((await checkSnapshot(store)).kind, "bad");
    store.text = "";
    assertEquals((await checkSnapshot(store)).kind, "bad");
    store.text = undefined;
    assertEquals(await checkSnapshot(store), { kind: "none" });
  },
});

Deno.test({
  name: "a snapshot that grows beyond its bound is not written",
  permissions: "none",
  fn: async () => {
    const store = await written(1);
    const before = store.text;
    await assertRejects(
      () =>
        writeSnapshot(store, modelOf(500), { header: HEADER, maxBytes: 9_000 }),
      Error,
      "more than 9000 bytes",
    );
    assertEquals(store.text, before);
  },
});
