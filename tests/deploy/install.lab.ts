/**
 * `install.sh` on a node that has busybox only: what it puts there, and takes
 * away.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ensurePackages } from "../lab/packages.ts";
import { BareNode } from "./bare_node.ts";
import { expectUntouched, installTest, version } from "./install_support.ts";

installTest("has what these tests need", async () => {
  await ensurePackages(() => {});
});

installTest("installs, starts, and does nothing the second time", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  const run = await node.install("--version=1.0.0");
  assertEquals(run.code, 0, run.text);
  assertEquals(await version(node), "kube-proxy 1.0.0 (test)");
  assertEquals(await node.takeCalls(), [
    "systemctl daemon-reload",
    "systemctl enable kube-proxy.service",
    "systemctl restart kube-proxy.service",
  ]);
  const before = await node.tree();
  const again = await node.install();
  assertStringIncludes(again.text, "installed already");
  assertEquals(again.code, 0);
  assertEquals(await node.takeCalls(), []);
  assertEquals(await node.tree(), before);
});

/** A service that keeps a snapshot, and a record of what it makes. */
const KEEPS = "mkdir -p /run/kube-proxy /var/lib/kube-proxy && " +
  "echo a >/run/kube-proxy/state && echo a >/var/lib/kube-proxy/snapshot";

installTest("--uninstall leaves the node as it was before", async () => {
  await using node = await BareNode.create();
  await node.write("/usr/local/bin/kube-proxy", "another one\n");
  await node.sh(
    "mkdir -p /etc/systemd/system; echo old >/etc/systemd/system/" +
      "kube-proxy.service; mkdir -p /etc/modules-load.d /etc/tmpfiles.d " +
      "/etc/systemd/network /etc/NetworkManager/conf.d",
  );
  const before = await node.tree();
  for (const number of ["1.0.0", "1.1.0"]) {
    await node.release({ version: number, starts: KEEPS });
    assertEquals((await node.install()).code, 0);
  }
  await node.takeCalls();
  const run = await node.install("--uninstall");
  assertEquals(run.code, 0, run.text);
  assertEquals(await node.tree(), before);
  assertEquals(await node.takeCalls(), [
    "systemctl disable --now kube-proxy.service",
    "cleanup",
    "systemctl daemon-reload",
    "systemctl reset-failed kube-proxy.service",
  ]);
  assertEquals((await node.install("--uninstall")).code, 1);
});

/** Kernel settings as files. */
const SYSCTL = `#!/bin/sh
case $1 in
-n) cat "/run/sys/$2" 2>/dev/null ;;
*) for last; do :; done; echo "\${last#*=}" >"/run/sys/\${last%%=*}" ;;
esac
`;

installTest(
  "--uninstall puts back settings that nobody else has changed",
  async () => {
    await using node = await BareNode.create();
    await node.program("/usr/sbin/sysctl", SYSCTL);
    const [ours, theirs] = ["net.ipv4.icmp_ratemask", "net.ipv4.vs.conntrack"];
    await node.sh(
      `mkdir /run/sys; cd /run/sys; echo 6168 >${ours}; echo 0 >${theirs}`,
    );
    await node.release({
      version: "1.0.0",
      starts: `/usr/sbin/sysctl -q -w ${ours}=6160 && ` +
        `/usr/sbin/sysctl -q -w ${theirs}=1`,
    });
    const run = await node.install();
    assertEquals(run.code, 0, run.text);
    await node.sh(`echo 2 >/run/sys/${theirs}`);
    assertEquals((await node.install("--uninstall")).code, 0);
    const left = await node.sh(`cd /run/sys; cat ${ours} ${theirs}`);
    assertEquals(left.text, "6168\n2\n");
  },
);

installTest("--dry-run and --help change nothing", async () => {
  await using node = await BareNode.create({ tools: [] });
  await node.manager("apt-get");
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  const run = await node.install("--dry-run");
  assertStringIncludes(run.text, "would run: env");
  assertEquals(run.code, 0);
  assertEquals((await node.install("--help")).code, 0);
  assertEquals(await node.takeCalls(), []);
  assertEquals(await node.tree(), before);
});

installTest("--bin-dir is followed by the unit, and kept", async () => {
  await using node = await BareNode.create();
  await node.release({ version: "1.0.0" });
  assertEquals((await node.install("--bin-dir=/opt/bin --no-start")).code, 0);
  const unit = await Deno.readTextFile(
    `${node.root}/etc/systemd/system/kube-proxy.service`,
  );
  assertStringIncludes(unit, "ExecStart=/opt/bin/kube-proxy run ");
  const other = await node.install("--bin-dir=/usr/local/bin");
  assertStringIncludes(other.text, "it is installed in /opt/bin");
  assertEquals((await node.install("--uninstall")).code, 0);
});

const MANAGERS = {
  "apt-get": "apt-get install -y -qq --no-install-recommends ipvsadm ipset " +
    "iptables conntrack kmod iproute2 procps",
  dnf: "dnf install -y --setopt=install_weak_deps=False ipvsadm ipset " +
    "iptables conntrack-tools kmod iproute procps-ng",
  zypper: "zypper --non-interactive install --no-recommends ipvsadm ipset " +
    "iptables conntrack-tools kmod iproute2 procps",
  pacman: "pacman -S --noconfirm --needed ipvsadm ipset iptables " +
    "conntrack-tools kmod iproute2 procps-ng",
};

for (const [name, call] of Object.entries(MANAGERS)) {
  installTest(`gets the tools by ${name}`, async () => {
    await using node = await BareNode.create({ tools: [] });
    await node.manager(name);
    await node.release({ version: "1.0.0" });
    const run = await node.install("--no-start");
    assertEquals(run.code, 0, run.text);
    const calls = await node.takeCalls();
    assertEquals(calls.filter((one) => !one.startsWith("systemctl")), [
      ...(name === "apt-get" ? ["apt-get update -qq"] : []),
      call,
    ]);
  });
}

installTest("names the packages where it knows no manager", async () => {
  await using node = await BareNode.create({ tools: ["ip", "sysctl"] });
  await node.release({ version: "1.0.0" });
  const before = await node.tree();
  await expectUntouched(
    ...[node, before, await node.install()] as const,
    "Install these first (Debian's names): ipvsadm ipset iptables conntrack " +
      "kmod.",
  );
});
