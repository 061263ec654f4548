import { assert, assertEquals, assertRejects } from "@std/assert";
import { isClean } from "../../../mod/cli/cleanup/report.ts";
import { FakeRunDirectory } from "../../agent/fake_run_directory.ts";
import { TestNode } from "../../agent/harness.ts";
import { BOTH, clean, OURS, servedNode, stateOf } from "./served_node.ts";

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

Deno.test("cleanUp() does not take from a kube-proxy that runs", async () => {
  const node = await servedNode();
  const before = node.host.dump();
  await assertRejects(
    () => clean(node, BOTH, "healthy"),
    Error,
    "a proxy answers at port 10256",
  );
  assertEquals(node.host.dump(), before);
  assert(isClean(await clean(node, { ...BOTH, force: true }, "healthy")));
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
