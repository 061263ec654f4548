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
      const script = `ipvsadm -E -t ${WEB}:80 -s wlc
ipvsadm -d -t ${WEB}:80 -r 10.32.2.12:8080
ipset del KUBE-VS4-FRONTENDS ${WEB},tcp:80
iptables -t nat -D POSTROUTING 1
`;
      const done = await cluster.exec(node, ["sh", "-ec", script]);
      assertEquals([done.code, done.stderr], [0, ""]);
      const { code } = await keep(scene, "diff-damaged", ["diff"]);
      assertEquals(code, 4);
      assertEquals((await kubeProxy(scene, ["audit"])).code, 0);
      const after = await kubeProxy(scene, ["diff"]);
      assertEquals(after.code, 0, after.stdout);
    },
  );
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
