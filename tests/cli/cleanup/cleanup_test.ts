import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  cleanUp,
  type CleanupOptions,
} from "../../../mod/cli/cleanup/cleanup.ts";
import {
  type CleanupReport,
  isClean,
} from "../../../mod/cli/cleanup/report.ts";
import { FakeRunDirectory } from "../../agent/fake_run_directory.ts";
import { TestNode } from "../../agent/harness.ts";
import { lacks } from "../../support/permission.ts";
import type { FakeHost } from "../../support/fake_host.ts";
import { loadKubeProxy, loadOthers } from "./kube_proxy_host.ts";

const OURS: CleanupOptions = {
  what: "ours",
  dryRun: false,
  withoutRecord: false,
  force: false,
};
const BOTH: CleanupOptions = { ...OURS, what: "both" };
const FACTS = { kernelRelease: "6.1.0", cpus: 2, hasIpv6: true };

/** The recording is read from files. */
const withoutRead = lacks("cleanup: the recording", {
  name: "read",
  path: "./",
});

/** The host's state; an empty table is as good as none. */
function stateOf(host: FakeHost): string {
  return host.dump().replaceAll(/^\*\w+\n(?::\w+ [A-Z]+ .*\n)*COMMIT\n/gm, "")
    .replaceAll(/^# (?:ip6?tables-\w+)\n(?=# )/gm, "");
}

/** A node on which an agent served Services of all kinds and was stopped. */
async function servedNode(): Promise<TestNode> {
  const node = new TestNode();
  node.routes = [{ cidr: "10.96.0.0/16" as never }];
  await serve(node);
  return node;
}

async function serve(node: TestNode): Promise<void> {
  node.start();
  node.put("web", {
    ip: "10.96.0.5",
    externalIps: ["192.0.2.5" as never],
    externalTrafficPolicy: "local",
  });
  node.put("empty", { ip: "10.96.0.6" });
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  await node.stop();
}

function clean(
  node: Pick<TestNode, "host" | "directory">,
  options: CleanupOptions = OURS,
): Promise<CleanupReport> {
  const { host, directory } = node;
  return cleanUp(options, { runner: host, folder: directory, facts: FACTS });
}

Deno.test(
  "cleanup-leftovers: after the agent's, a node is what it was before, and a second time does nothing",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadOthers(node.host);
    const before = stateOf(node.host);
    node.routes = [{ cidr: "10.96.0.0/16" as never }];
    await serve(node);
    assert(node.host.dump().includes("KUBE-VS4-FRONTENDS"), "it was used");
    assert(stateOf(node.host) !== before);

    const report = await clean(node);
    assertEquals(stateOf(node.host), before);
    assert(isClean(report), JSON.stringify(report));
    assert(report.removed.includes("device kube-ipvs0"));
    assert(report.removed.includes("local route 10.96.0.0/16"));
    assertEquals(
      report.left.map(({ thing }) => thing),
      ["virtual server -t 203.0.113.9:80", "virtual server -f 7"],
    );
    assertEquals([...node.directory.files], [], "the record went as well");

    const again = await clean(node);
    assertEquals(again.removed, []);
    assert(isClean(again));
    assertEquals(stateOf(node.host), before);
  },
);

Deno.test(
  "cleanup-leftovers: with --kube-proxy what its ipvs mode left goes, foreign things stay",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadOthers(node.host);
    const before = stateOf(node.host);
    loadKubeProxy(node.host);
    const untouched = stateOf(node.host);

    const mild = await clean(node);
    assertEquals(stateOf(node.host), untouched, "it must be asked for");
    assertEquals(mild.removed, []);

    const report = await clean(node, BOTH);
    assertEquals(stateOf(node.host), before);
    assert(isClean(report), JSON.stringify(report.left));
    const kinds = report.removed.map((thing) => thing.split(" ")[0]);
    const count = (kind: string) => kinds.filter((one) => one === kind).length;
    assertEquals(
      ["chain", "jump", "set", "virtual", "address"].map(count),
      [11, 9, 21, 41, 41],
    );
    assert(
      !/ -C|--clear| flush| -F/.test(commands(node.host)),
      "nothing is flushed",
    );
    assertEquals((await clean(node, BOTH)).removed, []);
  },
);

function commands(host: FakeHost): string {
  return host.calls.map(({ argv }) => argv.join(" ")).join("\n");
}

Deno.test(
  "cleanup-leftovers: ours and kube-proxy's go together",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadOthers(node.host);
    const before = stateOf(node.host);
    loadKubeProxy(node.host);
    await serve(node);
    assert(isClean(await clean(node, BOTH)));
    assertEquals(stateOf(node.host), before);
  },
);

Deno.test(
  "cleanUp() leaves what kube-proxy serves again, though it be on record",
  { ignore: withoutRead },
  async () => {
    const node = new TestNode();
    loadKubeProxy(node.host);
    const before = stateOf(node.host);
    await serve(node);
    // As if we had served one of its virtual servers.
    node.directory.files.set(
      "state",
      `${node.directory.files.get("state")}+v -t 10.96.0.1:443\n+a 10.96.0.1\n`,
    );
    const report = await clean(node);
    assertEquals(stateOf(node.host), before);
    const kept = report.left.find(({ thing }) =>
      thing === "virtual server -t 10.96.0.1:443"
    );
    assertEquals(
      kept?.reason,
      "kube-proxy serves it: its rules and sets are in place",
    );
    assert(isClean(report));
  },
);

Deno.test(
  "cleanUp() with dryRun changes nothing and tells what would go",
  async () => {
    const node = await servedNode();
    const before = node.host.dump();
    const files = [...node.directory.files];
    const report = await clean(node, { ...OURS, dryRun: true });
    assertEquals(node.host.dump(), before);
    assertEquals([...node.directory.files], files);
    const real = await clean(node);
    assertEquals(report.removed, real.removed);
  },
);

Deno.test("cleanUp() refuses while an agent holds the lock", async () => {
  const node = await servedNode();
  const lock = await node.directory.lock("lock");
  const before = node.host.dump();
  await assertRejects(() => clean(node), Error, "an agent runs on this node");
  assertEquals(node.host.dump(), before);
  const report = await clean(node, { ...OURS, force: true });
  assert(isClean(report));
  await lock?.release();
});

Deno.test("cleanUp() without a record touches nothing unless told", async () => {
  const node = await servedNode();
  node.host.ipvs.edit("-A -t 203.0.113.9:80 -s rr");
  const before = node.host.dump();
  const folder = new FakeRunDirectory();
  const lost = { host: node.host, directory: folder };
  await assertRejects(() => clean(lost), Error, "there is no record");
  assertEquals(node.host.dump(), before);
  assert(isClean(await clean(lost, { ...OURS, withoutRecord: true })));
  assertEquals(
    stateOf(node.host),
    "# ipvsadm\n-A -t 203.0.113.9:80 -s rr\n# ipset\n# ip\n" +
      "link add eth0 type ether\naddress add 192.168.1.1/24 dev eth0\n",
  );
});

Deno.test(
  "cleanUp() says what it cannot remove, keeps it on record, and can be done again",
  async () => {
    const node = await servedNode();
    const { host } = node;
    host.iptables.edit(
      "iptables-legacy",
      "*filter\n-A INPUT -m set --match-set KUBE-VS4-FRONTENDS dst,dst -j ACCEPT\nCOMMIT\n",
    );
    const [key = ""] = [...host.ipvs.table.keys()];
    host.faults.add({
      program: "ipvsadm",
      when: (call) => call.argv.includes("--restore"),
      effect: {
        kind: "exit",
        code: 255,
        stderr: "Memory allocation problem\n",
      },
    });
    const report = await clean(node);
    assert(!isClean(report));
    assert(report.failed.includes(`virtual server ${key}`), `${report.failed}`);
    assert(report.said.join().includes("Memory allocation problem"));
    assertEquals(
      report.left.filter(({ shouldGo }) => shouldGo).map(({ thing, reason }) =>
        `${thing}: ${reason}`
      ),
      ["set KUBE-VS4-FRONTENDS: chain INPUT of iptables-legacy filter asks it"],
    );
    assert(node.directory.files.get("state")?.includes(`+v ${key}`));
    assert(!host.dump().includes("KUBE-VS6-"), "the rest went");

    host.iptables.tables["iptables-legacy"].clear();
    assert(isClean(await clean(node)));
    assert(!host.dump().includes("KUBE-"), host.dump());
    assertEquals([...node.directory.files], []);
  },
);

Deno.test("cleanUp() costs the same number of processes for any table", async () => {
  const node = await servedNode();
  node.host.resetCounts();
  await clean(node);
  assert(node.host.counts.processes < 40, `${node.host.counts.processes}`);
});

Deno.test("cleanUp() is not clean where it could not look", async () => {
  const node = await servedNode();
  node.host.missing.add("ipset");
  const report = await clean(node);
  assert(!isClean(report));
  assert(report.unseen.join().includes("ipset"), `${report.unseen}`);
  assert(node.directory.files.has("state"), "the record stays");
  node.host.missing.delete("ipset");
  assert(isClean(await clean(node)));
});

Deno.test("cleanUp() is patient with iptables' lock, and says when it is not enough", async () => {
  const node = await servedNode();
  node.host.iptables.lockHeld = true;
  const held = await clean(node);
  assert(!isClean(held));
  assert(held.failed.some((thing) => thing.startsWith("chain KUBE-VS-")));
  assert(held.said.join().includes("xtables lock"), `${held.said}`);
  const tries = node.host.calls.filter(({ argv }) =>
    argv[0] === "iptables-legacy-restore" && argv.includes("--noflush")
  );
  assert(tries.length > 9, `${tries.length}`);
  node.host.iptables.lockHeld = false;
  assert(isClean(await clean(node)));
});

Deno.test("cleanUp() finds nothing where the kernel has no IPVS", async () => {
  const node = new TestNode();
  node.host.ipvs.supported = false;
  const report = await clean(node, BOTH);
  assertEquals(report.removed, []);
  assert(isClean(report), `${report.unseen}`);
});
