import { assert, assertEquals } from "@std/assert";
import { ClusterModel } from "../../mod/model/mod.ts";
import { SnapshotKeeper } from "../../mod/agent/snapshot_keeper.ts";
import type { SourceEvent } from "../../mod/agent/mod.ts";
import { parseHeader } from "../../mod/agent/snapshot_text.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSnapshotStore } from "./fake_snapshot_store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEWS: SourceEvent = {
  source: "Service",
  event: { kind: "delete", key: "default/web" },
};

/** A keeper on a fake clock and disk. */
class Bench {
  readonly store = new FakeSnapshotStore();
  readonly clock = new FakeClock();
  readonly warnings: string[] = [];
  readonly keeper: SnapshotKeeper;
  isReady = true;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    this.keeper = new SnapshotKeeper({
      store: this.store,
      model: new ClusterModel({ nodeName: "node-1" }),
      nodeName: "node-1",
      clock: this.clock,
      mayWrite: () => this.isReady,
      inStep: () => Promise.resolve(),
      warn: (message) => this.warnings.push(message),
    });
    this.#running = this.keeper.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get takenMs(): number {
    return parseHeader(this.store.text?.split("\n")[0] ?? "")?.takenMs ?? 0;
  }
}

function keeperTest(name: string, fn: (bench: Bench) => Promise<void>): void {
  Deno.test({
    name: `SnapshotKeeper ${name}`,
    permissions: "none",
    fn: async () => {
      const bench = new Bench();
      await fn(bench);
      await bench.stop();
    },
  });
}

const isNews = true;

keeperTest("writes once a minute at most, however much changes", async (b) => {
  for (let second = 0; second < 600; second++) {
    b.keeper.note(NEWS, isNews);
    await b.clock.advance(1_000);
  }
  assertEquals(b.store.writes, 10);
});

keeperTest("writes nothing before all is known", async (b) => {
  b.isReady = false;
  await b.clock.advance(HOUR);
  assertEquals(b.store.writes, 0);
  await b.stop();
  assertEquals(b.store.writes, 0, "nor at the end");
});

keeperTest("writes at the end what is not written yet", async (b) => {
  await b.clock.advance(2 * MINUTE);
  assertEquals(b.store.writes, 1);
  b.keeper.note(NEWS, isNews);
  await b.stop();
  assertEquals(b.store.writes, 2);
});

keeperTest("writes nothing at the end without news", async (b) => {
  await b.clock.advance(2 * MINUTE);
  await b.stop();
  assertEquals(b.store.writes, 1);
});

keeperTest("tells now and then that what is old still holds", async (b) => {
  await b.clock.advance(24 * HOUR);
  assertEquals(b.store.writes, 4, "at once, and after 6, 12 and 18 hours");
});

keeperTest("does not pass off as new what cannot be followed", async (b) => {
  await b.clock.advance(2 * MINUTE);
  const lostMs = b.clock.nowMs();
  const event = { kind: "desynced", reason: "refused" } as SourceEvent["event"];
  b.keeper.note({ source: "Service", event } as SourceEvent, !isNews);
  await b.clock.advance(24 * HOUR);
  assertEquals(b.store.writes, 1, "no refresh");
  b.keeper.note({ ...NEWS, source: "EndpointSlice" } as SourceEvent, isNews);
  await b.clock.advance(MINUTE);
  assertEquals([b.store.writes, b.takenMs], [2, lostMs]);
});

keeperTest("tells once that the disk is full, and tries again", async (b) => {
  b.store.isFull = true;
  await b.clock.advance(10 * MINUTE);
  assertEquals([b.warnings.length, b.keeper.isBehind], [1, true]);
  assertEquals(b.store.writes, 10, "once a minute");
  b.store.isFull = false;
  await b.clock.advance(2 * MINUTE);
  assertEquals([b.warnings.length, b.keeper.isBehind], [2, false]);
  assert(b.keeper.writtenMs !== undefined);
});
