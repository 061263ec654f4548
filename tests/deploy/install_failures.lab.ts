/**
 * `install.sh` on a node that has busybox only: each failure ends in a clear
 * message and a node that is as it was.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BareNode } from "./bare_node.ts";
import {
  expectUntouched,
  installTest,
  PROGRAM,
  version,
} from "./install_support.ts";

installTest("refuses a file with another checksum", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  await node.write("/release/kube-proxy.modules", "evil\n");
  const before = await node.tree();
  await expectUntouched(
    ...[node, before, await node.install()] as const,
    "Cannot use kube-proxy.modules from /release: its SHA-256 is",
  );
});

installTest("refuses another version than the one asked for", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  const run = await node.install("--version=2.0.0");
  await expectUntouched(node, before, run, "it has kube-proxy 1.0.0");
});

installTest(
  "refuses a wrong signature, and a missing one that is asked for",
  async () => {
    await using node = await BareNode.create();
    await node.release({ version: "1.0.0" });
    await node.write("/release/SHA256SUMS.minisig", "no signature\n");
    const before = await node.tree();
    const asked =
      "KUBE_PROXY_MINISIGN_KEY=RWx sh /install.sh --base-url=/release";
    await expectUntouched(
      ...[node, before, await node.sh(asked)] as const,
      "minisign or SHA256SUMS.minisig is missing",
    );
    await node.program("/usr/bin/minisign", "#!/bin/sh\nexit 1\n");
    const with_ = await node.tree();
    await expectUntouched(
      ...[node, with_, await node.sh(asked)] as const,
      "the signature of SHA256SUMS is wrong",
    );
  },
);

installTest("says that nothing answers without a network", async () => {
  await using node = await BareNode.create();
  const before = await node.tree();
  const run = await node.install("--base-url=http://elsewhere/v1");
  await expectUntouched(
    ...[node, before, run] as const,
    "Cannot get SHA256SUMS from http://elsewhere/v1: curl: (6) Could not",
  );
  const newest = await node.sh("sh /install.sh");
  await expectUntouched(
    node,
    before,
    newest,
    "/releases/latest/download: curl",
  );
  const one = await node.sh("sh /install.sh --version=v1.2.3");
  await expectUntouched(node, before, one, "/releases/download/v1.2.3: curl");
});

installTest("works from a mirror", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const run = await node.install("--no-start --base-url=http://mirror/v1");
  assertEquals(run.code, 0, run.text);
  assertEquals(await version(node), "kube-proxy 1.0.0 (test)");
  await Deno.remove(`${node.root}/release/kube-proxy.service`);
  const before = await node.tree();
  const again = await node.install("--base-url=http://mirror/v1");
  await expectUntouched(node, before, again, "kube-proxy.service from http");
});

installTest("says that a full disk is full", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  const small = "mount -t tmpfs -o size=20m small usr/local && " +
    "mkdir usr/local/bin";
  const run = await node.install("", small);
  await expectUntouched(node, before, run, "MB free, and 300 MB are needed");
});

installTest("says that a read-only /usr is read-only", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  const shut = "mount --bind usr usr && mount -o remount,ro,bind usr";
  const run = await node.install("", shut);
  await expectUntouched(
    ...[node, before, run] as const,
    "Cannot write to /usr/local/bin: it is read-only or full. Name another",
  );
  const other = await node.install("--no-start --bin-dir=/opt/bin", shut);
  assertEquals(other.code, 0, other.text);
});

installTest("leaves a node alone that cannot run it", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0", check: 3 });
  const before = await node.tree();
  const run = await node.install();
  await expectUntouched(node, before, run, "fail  that: no ip_vs");
});

installTest("does not start beside another kube-proxy", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  const run = await node.sh(
    "cp /bin/sh /run/kube-proxy; /run/kube-proxy -c 'sleep 9; :' & " +
      "sleep 0.2; sh /install.sh --base-url=/release; code=$?; " +
      "kill $!; rm /run/kube-proxy; exit $code",
  );
  await expectUntouched(node, before, run, "beside another kube-proxy (PID ");
});

const BROKEN = [
  ["that does not start", { version: "2.0.0", starts: false }],
  ["that ends after its start", {
    version: "2.0.0",
    status: "$(rm /run/active)",
  }],
] as const;

for (const [what, broken] of BROKEN) {
  installTest(`goes back from a version ${what}`, async () => {
    await using node = await BareNode.create();
    await node.release({ version: "1.0.0" });
    assertEquals((await node.install()).code, 0);
    const program = await Deno.readTextFile(node.root + PROGRAM);
    await node.takeCalls();
    await node.release(broken);
    const run = await node.install();
    assertStringIncludes(run.text, "the one before runs again");
    assertEquals(run.code, 1);
    assertEquals(await Deno.readTextFile(node.root + PROGRAM), program);
    assertEquals(
      (await node.takeCalls()).at(-1),
      "systemctl restart " +
        "kube-proxy.service",
    );
    assertEquals((await node.sh("cat /run/active")).text, "active\n");
  });
}

installTest("takes a first version away that does not start", async () => {
  await using node = await BareNode.create();
  await node.sh(
    "mkdir -p /etc/systemd/system /etc/modules-load.d " +
      "/etc/tmpfiles.d /etc/systemd/network",
  );
  await node.release({ version: "1.0.0", starts: false });
  const before = await node.tree();
  const run = await node.install();
  await expectUntouched(node, before, run, "it was taken away again");
});

const MADE = "mkdir -p /run/kube-proxy /var/lib/kube-proxy && " +
  "echo a >/run/kube-proxy/state && echo a >/var/lib/kube-proxy/snapshot && " +
  "false";

installTest("takes back what a first version has made", async () => {
  await using node = await BareNode.create();
  await node.sh(
    "mkdir -p /etc/systemd/system /etc/modules-load.d " +
      "/etc/tmpfiles.d /etc/systemd/network",
  );
  await node.release({ version: "1.0.0", starts: MADE });
  const before = await node.tree();
  const run = await node.install();
  await expectUntouched(node, before, run, "it was taken away again");
  assert((await node.takeCalls()).includes("cleanup"));
});

installTest("leaves what a record had before a first version", async () => {
  await using node = await BareNode.create();
  await node.sh("mkdir -p /run/kube-proxy; echo b >/run/kube-proxy/other");
  await node.release({ version: "1.0.0", starts: MADE });
  const run = await node.install();
  assertStringIncludes(run.text, "it was taken away again");
  assert(!(await node.takeCalls()).includes("cleanup"), run.text);
  assertEquals((await node.sh("cat /run/kube-proxy/other")).text, "b\n");
});

installTest("goes back when it is ended in the middle", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  assertEquals((await node.install()).code, 0);
  const program = await Deno.readTextFile(node.root + PROGRAM);
  await node.release({ version: "2.0.0" });
  await node.write("/run/kill", "");
  assert((await node.install()).code !== 0);
  assertEquals(await Deno.readTextFile(node.root + PROGRAM), program);
  assertEquals((await node.sh("cat /run/active")).text, "active\n");
});

installTest("does nothing when it is cut off anywhere", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  const bytes = (await Deno.stat(`${node.root}/install.sh`)).size;
  const run = await node.sh(
    `n=0; while [ $n -lt ${bytes - 1} ]; do head -c $n /install.sh | ` +
      "sh -s -- --base-url=/release >/dev/null 2>&1; " +
      `if [ $n -lt ${bytes - 130} ]; then n=$((n + 67)); else n=$((n + 1)); ` +
      "fi; done; echo tried $n",
  );
  assertEquals(run.text, `tried ${bytes - 1}\n`);
  assertEquals(await node.tree(), before);
  assertEquals(await node.takeCalls(), []);
});
