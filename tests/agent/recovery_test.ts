import { assert, assertEquals } from "@std/assert";
import { createHost } from "../../mod/apply/mod.ts";
import { RECOVERED_FILE, Recovery } from "../../mod/agent/recovery.ts";
import { formatHeader } from "../../mod/agent/snapshot_text.ts";
import { writeSnapshot } from "../../mod/agent/snapshot_file.ts";
import { Readiness, type SourceEvent } from "../../mod/agent/sources.ts";
import { ClusterModel, decodeService } from "../../mod/model/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeHost } from "../support/fake_host.ts";
import { FakeRunDirectory } from "./fake_run_directory.ts";
import { FakeSnapshotStore } from "./fake_snapshot_store.ts";

const DAY = 24 * 3_600_000;

function upsert(name: string): SourceEvent {
  const object = decodeService({
    metadata: { namespace: "default", name },
    spec: { clusterIP: "10.96.0.10", ports: [{ port: 80 }] },
  });
  const key = `default/${name}`;
  return { source: "Service", event: { kind: "upsert", key, object } };
}

/** A rebooted node with a snapshot of the Services "a" and "b". */
class Bench {
  readonly store = new FakeSnapshotStore();
  readonly clock = new FakeClock();
  readonly host = new FakeHost();
  readonly directory = new FakeRunDirectory();
  readonly readiness = new Readiness(["Service"]);
  readonly warnings: string[] = [];
  readonly folded: string[] = [];
  readonly recovery: Recovery;
  recovered = 0;
  onFold = (): void => {};
  readonly #stop = new AbortController();

  constructor() {
    this.recovery = new Recovery({
      store: this.store,
      host: createHost(this.host, "legacy"),
      runDirectory: this.directory,
      device: "kube-ipvs0",
      nodeName: "node-1",
      clock: this.clock,
      readiness: this.readiness,
      fold: ({ event }) => {
        if ("key" in event) this.folded.push(`${event.kind} ${event.key}`);
        this.onFold();
      },
      recovered: () => this.recovered++,
      warn: (message) => this.warnings.push(message),
    });
  }

  async keep(header = { node: "node-1", takenMs: this.clock.nowMs() }) {
    const model = new ClusterModel({ nodeName: "node-1" });
    for (const name of ["a", "b"]) {
      const { event } = upsert(name);
      if (event.kind !== "upsert") continue;
      model.upsertService(event.key, event.object as never);
    }
    await writeSnapshot(this.store, model, { header });
  }

  async run(ms = 11_000): Promise<void> {
    const running = this.recovery.run(this.#stop.signal);
    await this.clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await this.clock.advance(0);
    this.#stop.abort();
    await running;
  }
}

function recoveryTest(name: string, fn: (b: Bench) => Promise<void>): void {
  Deno.test({
    name: `Recovery ${name}`,
    permissions: "none",
    fn: () => fn(new Bench()),
  });
}

recoveryTest("enters what the snapshot has, and says so", async (b) => {
  await b.keep();
  await b.run();
  assertEquals(b.folded, ["upsert default/a", "upsert default/b"]);
  assertEquals([b.recovered, b.readiness.isProvisional], [1, true]);
  assertEquals(b.warnings.length, 1);
  assertEquals(b.directory.files.get(RECOVERED_FILE), "from a snapshot\n");
  await b.recovery.forget();
  assertEquals(b.directory.files.get(RECOVERED_FILE), "");
});

recoveryTest("gives the API server ten seconds", async (b) => {
  await b.keep();
  await b.run(9_900);
  assertEquals([b.folded, b.recovered, b.warnings], [[], 0, []]);
});

recoveryTest("does nothing when the API server has told all", async (b) => {
  await b.keep();
  b.readiness.note({ source: "Service", event: { kind: "synced" } });
  await b.run();
  assertEquals([b.folded, b.recovered, b.warnings], [[], 0, []]);
});

recoveryTest("leaves to the API server what it has told", async (b) => {
  await b.keep();
  b.recovery.hear(upsert("a"));
  await b.run();
  assertEquals(b.folded, ["upsert default/b"]);
  const leftovers = b.recovery.takeLeftovers();
  assertEquals(
    leftovers.map(({ event }) => "key" in event && event.key),
    ["default/b"],
  );
});

recoveryTest("takes out in the end what only the snapshot knew", async (b) => {
  await b.keep();
  await b.run();
  b.recovery.hear(upsert("b"));
  assertEquals(b.recovery.takeLeftovers(), [
    { source: "Service", event: { kind: "delete", key: "default/a" } },
  ]);
  assertEquals(b.recovery.takeLeftovers(), [], "once");
});

recoveryTest("does not enter what came to an end while it read", async (b) => {
  await b.keep();
  b.onFold = () =>
    b.readiness.note({ source: "Service", event: { kind: "synced" } });
  await b.run();
  assertEquals(b.folded, ["upsert default/a"]);
  assertEquals([b.recovered, b.readiness.isProvisional], [0, false]);
});

const BAD: readonly {
  readonly name: string;
  readonly says: string;
  spoil(b: Bench): Promise<void> | void;
}[] = [
  { name: "no snapshot", says: "there is none yet", spoil: () => {} },
  {
    name: "a damaged one",
    says: "torn or damaged",
    spoil: async (b) => {
      await b.keep();
      b.store.text = b.store.text?.replace("10.96.0.10", "10.96.0.11");
    },
  },
  {
    name: "one of another version",
    says: "its first line",
    spoil: async (b) => {
      await b.keep();
      b.store.text = b.store.text?.replace("snapshot 1", "snapshot 2");
    },
  },
  {
    name: "one of another node",
    says: 'of node "node-2", this is "node-1"',
    spoil: (b) => b.keep({ node: "node-2", takenMs: b.clock.nowMs() }),
  },
  {
    name: "one that is eight days old",
    says: "8 days old",
    spoil: (b) =>
      b.keep({ node: "node-1", takenMs: b.clock.nowMs() - 8 * DAY }),
  },
];

for (const { name, says, spoil } of BAD) {
  recoveryTest(`waits on with ${name}, and says why`, async (b) => {
    await spoil(b);
    await b.run();
    assertEquals([b.folded, b.recovered], [[], 0]);
    assertEquals(b.warnings.length, 1);
    assert(b.warnings[0]?.includes(says), b.warnings[0]);
  });
}

recoveryTest("uses one of the future: the clock is behind", async (b) => {
  await b.keep({ node: "node-1", takenMs: b.clock.nowMs() + 9 * DAY });
  await b.run();
  assertEquals(b.recovered, 1);
});

recoveryTest(
  "reads nothing while the kernel holds a set of ours",
  async (b) => {
    await b.keep();
    await b.host.run(["ipset", "restore", "-exist"], {
      stdin: "create KUBE-VS4-FRONTENDS hash:ip,port family inet\n",
    });
    await b.run();
    assertEquals([b.folded, b.recovered], [[], 0]);
    assert(b.warnings[0]?.includes("stays as it is"));
  },
);

recoveryTest("reads nothing while our device has an address", async (b) => {
  await b.keep();
  b.host.ip.addDevice("kube-ipvs0", "dummy", ["10.96.0.10/32"]);
  await b.run();
  assertEquals([b.folded, b.recovered], [[], 0]);
});

recoveryTest("goes on with what a run before it began", async (b) => {
  await b.keep();
  b.host.ip.addDevice("kube-ipvs0", "dummy", ["10.96.0.10/32"]);
  b.directory.files.set(RECOVERED_FILE, "from a snapshot\n");
  await b.run();
  assertEquals(b.recovered, 1);
});

recoveryTest("waits on when the host cannot be read", async (b) => {
  await b.keep();
  b.host.faults.add({
    times: Infinity,
    effect: { kind: "exit", code: 1, stderr: "out of luck\n" },
  });
  await b.run();
  assertEquals([b.folded, b.recovered, b.warnings.length], [[], 0, 1]);
});

Deno.test({
  name: "a header of a snapshot holds no more than node and time",
  permissions: "none",
  fn: () => {
    const text = formatHeader({ node: "node-1", takenMs: 7 });
    assertEquals(text, 'kube-proxy-snapshot 1 {"node":"node-1","takenMs":7}');
  },
});
