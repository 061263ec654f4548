/**
 * Tries `cleanup` and `explain` on a node with real tools.
 *
 * @module
 */

import {
  difference,
  drive,
  type ObservedNode,
  type Output,
} from "../guest/mod.ts";
import {
  kubeProxy,
  loadKubeProxy,
  makeScene,
  observeNode,
  type Scene,
  startAgent,
} from "./cleanup/scene.ts";

/** A command is a process that starts Deno: slow on a busy machine. */
const PATIENT = { limitMs: 180_000 };

/** Name of the snapshot, client, where to, and how the story begins. */
const EXPLAINED = [
  ["pod", "10.32.1.2", "10.96.7.10:80", "SERVED\n"],
  ["empty", "outside", "10.96.7.11:80", "REFUSED"],
  ["unowned", "node", "[fd00:96::7:99]:80", "DROPPED"],
  ["node", "node", "[fd00:96::7:10]:80/udp", "SERVED\n"],
] as const;

await drive(async (driver) => {
  const scene = await makeScene(driver);
  const before = await observeNode(scene);

  await driver.step("the agent serves, and explain says how", async () => {
    await startAgent(scene);
    const serving = await observeNode(scene);
    if (difference(before, serving) === "") throw new Error("it made nothing");
    for (const [name, client, where, verdict] of EXPLAINED) {
      const { code, stdout, stderr } = await kubeProxy(
        scene,
        ...["explain", client, where],
      );
      const text = `$ kube-proxy explain ${client} ${where}\n${stdout}`;
      driver.say(text + stderr);
      driver.data(`explain-${name}`, { text });
      if (code !== 0 || !stdout.startsWith(verdict)) {
        throw new Error(`${client} ${where}: wanted ${verdict}, got ${code}`);
      }
    }
    must(difference(serving, await observeNode(scene)), "explain changed it");
  }, PATIENT);

  await driver.step("it refuses while the agent runs", async () => {
    const serving = await observeNode(scene);
    const { code, stderr } = await kubeProxy(scene, "cleanup");
    if (code !== 1 || !stderr.includes("an agent runs")) {
      throw new Error(`ended with ${code}: ${stderr}`);
    }
    must(difference(serving, await observeNode(scene)), "it changed the node");
  }, PATIENT);

  await driver.step("cleanup-leftovers: after the agent", async () => {
    await scene.cluster.stopAgent(scene.node.name);
    const serving = await observeNode(scene);
    const told = said(await kubeProxy(scene, "cleanup", "--dry-run"));
    driver.data("cleanup-dry-run", { text: sorted(told) });
    must(difference(serving, await observeNode(scene)), "a dry run changed it");
    driver.say(lastLine(await kubeProxy(scene, "cleanup")));
    await asBefore(scene, before);
    await nothingMore(scene, "cleanup");
  }, PATIENT);

  await driver.step("cleanup-leftovers: after kube-proxy", async () => {
    await loadKubeProxy(scene);
    const loaded = await observeNode(scene);
    if (difference(before, loaded) === "") throw new Error("nothing is loaded");
    said(await kubeProxy(scene, "cleanup"));
    must(difference(loaded, await observeNode(scene)), "it was not asked to");
    driver.say(lastLine(await kubeProxy(scene, "cleanup", "--kube-proxy")));
    await asBefore(scene, before);
    await nothingMore(scene, "cleanup", "--kube-proxy");
  }, PATIENT);

  await driver.step("cleanup-leftovers: after both", async () => {
    await loadKubeProxy(scene);
    await startAgent(scene);
    await scene.cluster.stopAgent(scene.node.name);
    said(await kubeProxy(scene, "cleanup", "--kube-proxy"));
    await asBefore(scene, before);
  }, PATIENT);
});

function must(difference: string, what: string): void {
  if (difference !== "") throw new Error(`${what}:\n${difference}`);
}

/** What it printed, when it ended well. */
function said({ code, stdout, stderr }: Output): string {
  if (code === 0) return stdout;
  throw new Error(`ended with ${code}: ${stdout}${stderr}`);
}

/** The kernel lists things in an order of its own. */
function sorted(text: string): string {
  return text.split("\n").sort().join("\n").trimStart() + "\n";
}

/** How many things went. */
function lastLine(output: Output): string {
  return said(output).trimEnd().split("\n").at(-1) ?? "";
}

async function asBefore(scene: Scene, before: ObservedNode): Promise<void> {
  must(difference(before, await observeNode(scene)), "it is not as before");
}

async function nothingMore(
  scene: Scene,
  ...parameters: readonly string[]
): Promise<void> {
  const text = said(await kubeProxy(scene, ...parameters));
  if (!text.includes("clean: nothing to remove")) throw new Error(text);
}
