/**
 * Moves a node over from kube-proxy's iptables mode and back, while new
 * connections are made all the time.
 *
 * @module
 */

import { difference, drive, eventually, type Output } from "../guest/mod.ts";
import { kubeProxy, observeNode, shell, startAgent } from "./cleanup/scene.ts";
import {
  BALANCER,
  makeWorld,
  syncKubeProxy,
  Traffic,
  VIPS,
  type World,
} from "./migrate_iptables/world.ts";

/** A command is a process that starts Deno: slow on a busy machine. */
const PATIENT = { limitMs: 180_000 };

await drive(async (driver) => {
  const world = await makeWorld(driver);
  const { scene } = world;
  const { cluster, node } = scene;
  const others = await observeNode(scene);
  await syncKubeProxy(world);
  const before = await observeNode(scene);
  const traffic = new Traffic(world);
  await traffic.everywhere(world);
  await refuses(world);

  await driver.step("plan: nothing is to be recorded", async () => {
    const text = said(await kubeProxy(scene, "migrate", "plan"));
    driver.data("migrate-iptables-plan", { text });
    same(before, await observeNode(scene), "the node was changed");
  }, PATIENT);

  await driver.step("the agent comes beside, then the old goes", async () => {
    await startAgent(scene);
    const ahead = await shell(cluster, node, "iptables-save -t nat");
    if (!/-j KUBE-SERVICES\n-A PREROUTING .*-j KUBE-VS-SERVICES/.test(ahead)) {
      throw new Error(`kube-proxy's is not first:\n${ahead}`);
    }
    await traffic.balanced(world, "before the old went");
    driver.say(lastLine(await kubeProxy(scene, "migrate", "apply")));
    checkOver(difference(others, await observeNode(scene)));
    await eventually(async () => {
      const nat = await shell(cluster, node, "iptables-save -t nat");
      if (!/-A PREROUTING .*-j KUBE-VS-SERVICES\n.*CNI-HOSTPORT/.test(nat)) {
        throw new Error(`a host port's rule is ahead of ours:\n${nat}`);
      }
    });
    await refuses(world);
    const { answeredBy } = await cluster.dial(cluster.outside, {
      ...{ address: BALANCER, port: 80 },
    });
    if (answeredBy !== node.name) throw new Error(`Local: by ${answeredBy}`);
  }, PATIENT);

  await driver.step(
    "back: when what goes by ours has ended",
    async () => {
      const to = { address: VIPS.sticky, port: 80 };
      const kept = await cluster.connect(world.client, to);
      await traffic.load(world.client, {
        ...{ address: VIPS.web, port: 80, protocol: "udp", sourcePort: 40_002 },
      });
      await cluster.stopAgent(node.name);
      await syncKubeProxy(world);
      // Of the node itself: by kube-proxy's rules, from the Service's address.
      const own = await cluster.stream(node, { address: VIPS.web, port: 80 });
      refused(await kubeProxy(scene, "migrate", "rollback"), "1 connections");
      await kept.close();
      await traffic.balanced(world, "before ours went");
      refused(
        await kubeProxy(scene, "migrate", "rollback"),
        "1 connections of this node itself",
      );
      const { answered } = await own.look();
      await eventually(async () => {
        const now = await own.look();
        if (now.answered < answered + 10) {
          throw new Error(`the node's own stands: ${JSON.stringify(now)}`);
        }
      });
      await own.stop();
      driver.say(lastLine(await kubeProxy(scene, "migrate", "rollback")));
      same(before, await observeNode(scene), "it is not as kube-proxy left it");
      await refuses(world);
    },
    PATIENT,
  );

  await driver.step("no connection failed on the way", async () => {
    const { total, errors } = await traffic.stop();
    driver.say(`${total} connections`);
    must(errors.join("\n"), "some failed");
  }, PATIENT);

  await driver.step("nothing of either is left in the end", async () => {
    said(await kubeProxy(scene, "cleanup", "--kube-proxy"));
    same(others, await observeNode(scene), "it is not as before");
  }, PATIENT);
});

/** The Service without endpoints refuses everybody at once. */
async function refuses({ scene, client }: World): Promise<void> {
  const { cluster, node } = scene;
  for (const from of [cluster.outside, client, node]) {
    const to = { address: VIPS.empty, port: 80 };
    const { failure } = await cluster.dial(from, to);
    if (failure !== "refused") throw new Error(`${from.name}: ${failure}`);
  }
}

/** Beside what others have, all is ours. */
function checkOver(text: string): void {
  const strange = text.split("\n").filter((line) =>
    line.startsWith("- ") ||
    /^\+ (?:rules\d|sets): .*KUBE-/.test(line) && !line.includes("KUBE-VS")
  );
  must(strange.join("\n"), "something of the old is left, or others' is gone");
}

type Observed = Parameters<typeof difference>[0];

function same(before: Observed, after: Observed, what: string): void {
  must(difference(before, after), what);
}

function must(text: string, what: string): void {
  if (text !== "") throw new Error(`${what}:\n${text}`);
}

function refused({ code, stdout }: Output, why: string): void {
  if (code === 1 && stdout.includes(why)) return;
  throw new Error(`not refused for "${why}": ${code}, ${stdout}`);
}

/** What it printed, when it ended well. */
function said({ code, stdout, stderr }: Output): string {
  if (code === 0) return stdout;
  throw new Error(`ended with ${code}: ${stdout}${stderr}`);
}

/** How it ended. */
function lastLine(output: Output): string {
  return said(output).trimEnd().split("\n").at(-1) ?? "";
}
