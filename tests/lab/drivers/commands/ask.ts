/**
 * Commands that ask, and what they say when nobody answers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { keep, kubeProxy, NODE, type Scene, WEB } from "./scene.ts";

/** Name of the snapshot, and the command line. */
const QUESTIONS: readonly (readonly [name: string, args: readonly string[]])[] =
  [
    ["status", ["status"]],
    ["services", ["services"]],
    ["service", ["service", "default/web"]],
    ["diff", ["diff"]],
    ["top", ["top", "--once"]],
    ["log-level", ["log-level", "2"]],
  ];

/** Every command that asks, once. */
export async function askAll(scene: Scene): Promise<void> {
  const { driver, cluster } = scene;
  for (let i = 0; i < 8; i++) {
    await cluster.dial(scene.client, { address: WEB, port: 80 });
  }
  for (const [name, args] of QUESTIONS) {
    await driver.step(`kube-proxy ${args.join(" ")}`, async () => {
      const { code, stderr } = await keep(scene, name, args);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
    });
  }
  await driver.step("-o json and yaml can be read by machines", async () => {
    const json = await kubeProxy(scene, [
      "service",
      "default/web",
      "-o",
      "json",
    ]);
    const report = JSON.parse(json.stdout);
    assertEquals([report.state, report.realServers], ["served", 2]);
    const totals = report.frontendList[0].virtualServers[0].totals;
    assertEquals(totals.connections, 8);
    const yaml = await kubeProxy(scene, ["services", "-o", "yaml"]);
    assertEquals(yaml.stdout.split("\n")[0], "- name: default/empty");
  });
  await driver.step(
    "diff ends with 4 when others changed something",
    async () => {
      const node = cluster.node(NODE);
      // No rule: those are put back before diff can see them missing.
      const script = `ipvsadm -E -t ${WEB}:80 -s wlc
ipvsadm -d -t ${WEB}:80 -r 10.32.2.12:8080
ipset del KUBE-VS4-FRONTENDS ${WEB},tcp:80
`;
      const done = await cluster.exec(node, ["sh", "-ec", script]);
      assertEquals([done.code, done.stderr], [0, ""]);
      const { code } = await keep(scene, "diff-damaged", ["diff"]);
      assertEquals(code, 4);
      assertEquals((await keep(scene, "audit", ["audit"])).code, 0);
      const after = await kubeProxy(scene, ["diff"]);
      assertEquals(after.code, 0, after.stdout);
    },
  );
}

/** Files that a bundle for a bug report must have something in. */
const BUNDLED = [
  ...["agent/status.txt", "agent/services.json", "agent/settings.json"],
  ...["agent/log.txt", "kernel/ipvsadm-save.txt", "kernel/ipset-save.txt"],
  ...["kernel/iptables-legacy-save.txt", "kernel/sysctl.txt", "state"],
];

/** A bundle that tar(1) can read, with all that it should have. */
export async function gatherSupport(scene: Scene): Promise<void> {
  const { driver, cluster, api } = scene;
  await driver.step("support writes a bundle without secrets", async () => {
    const { code, stdout } = await keep(scene, "support", ["support"]);
    assertEquals(code, 0);
    const [path = ""] = stdout.split(":");
    const script = `cd /tmp; tar -xzf '${path}' && cd kube-proxy-support-*
for file in ${BUNDLED.join(" ")}; do test -s $file || echo empty $file; done
grep -rlE 'PRIVATE KEY|client-key-data: [^[]|eyJ[A-Za-z0-9]' . || true
grep -c '' agent/log.txt kernel/sysctl.txt >&2`;
    const node = cluster.node(NODE);
    const seen = await cluster.exec(node, ["sh", "-ec", script]);
    assertEquals({ code: seen.code, stdout: seen.stdout }, {
      code: 0,
      stdout: "",
    });
  });
  await driver.step(
    "check tells what the node has, of the API too",
    async () => {
      const args = [
        ...["check", "--kubeconfig", api.kubeconfig],
        ...["--hostname-override", NODE],
      ];
      const { code } = await keep(scene, "check", args);
      assertEquals(code, 0);
      const wrong = [...args.slice(0, 3), "--hostname-override", "nobody"];
      assertEquals((await kubeProxy(scene, wrong)).code, 3);
    },
  );
  await driver.step("bash takes the completion", async () => {
    const args = ["completion", "bash"];
    const { stdout } = await keep(scene, "completion", args);
    const script = `${stdout}
COMP_WORDS=(kube-proxy dr); COMP_CWORD=1; _kube_proxy; echo "\${COMPREPLY[*]}"
COMP_WORDS=(kube-proxy services --state re); COMP_CWORD=3; _kube_proxy
echo "\${COMPREPLY[*]}"`;
    const done = await cluster.exec(undefined, ["bash", "-c", script]);
    assertEquals([done.stdout, done.stderr], ["drain\nrefused rejected\n", ""]);
  });
}

/** A configuration with a field that has no effect here. */
const CONFIGURATION = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ipvs
oomScoreAdj: -900
iptables:
  masqueradeBit: 15
ipvs:
  scheduler: wlc
`;

/** Commands that need neither an agent nor rights. */
export async function askNobody(scene: Scene): Promise<void> {
  const { driver } = scene;
  await driver.step("version and config check", async () => {
    const good = "/etc/kube-proxy-lab/config.conf";
    const wrong = "/etc/kube-proxy-lab/wrong.conf";
    await Deno.writeTextFile(good, CONFIGURATION);
    const text = CONFIGURATION.replace("wlc", "fastest")
      .replace("15", "32").replace("mode: ipvs", "mode: iptables");
    await Deno.writeTextFile(wrong, text);
    const ended = await Promise.all([
      keep(scene, "version", ["version"]),
      keep(scene, "config-check", ["config", "check", good]),
      keep(scene, "config-check-wrong", ["config", "check", wrong]),
    ]);
    assertEquals(ended.map(({ code }) => code), [0, 0, 2]);
  });
}

/** What commands say when there is no agent, and to others than root. */
export async function withoutAgent(scene: Scene): Promise<void> {
  const { driver, cluster } = scene;
  await driver.step("the socket is root's alone", async () => {
    const argv = cluster.programs.bundleCommand({
      program: "agent",
      parameters: ["status"],
    });
    const copy = "/tmp/anybody.js";
    await Deno.copyFile(driver.config.bundles["agent"] ?? "", copy);
    await Deno.chmod(copy, 0o644);
    const { code, stderr } = await cluster.exec(
      cluster.node(NODE),
      [
        ...["setpriv", "--reuid=65534", "--clear-groups"],
        ...argv.map((word) => word.endsWith("/agent.js") ? copy : word),
      ],
      { env: { DENO_DIR: "/tmp/deno-nobody", NO_COLOR: "1" } },
    );
    assertEquals([code, /run this as root/.test(stderr)], [1, true], stderr);
  });
  await driver.step("an agent that has ended is missed plainly", async () => {
    await cluster.stopAgent(NODE);
    assertEquals((await keep(scene, "absent", ["status"])).code, 1);
  });
}
