/**
 * A drain by hand on the wire: no new connections, old ones go on, over a
 * restart, until its limit.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { eventually } from "../../guest/mod.ts";
import { keep, kubeProxy, NODE, type Scene, WEB } from "./scene.ts";

/** Who answers a dozen connections. */
async function answering({ cluster, client }: Scene): Promise<string> {
  const names = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const { answeredBy } = await cluster.dial(client, {
      address: WEB,
      port: 80,
    });
    names.add(answeredBy ?? "nobody");
  }
  return [...names].sort().join();
}

/** Waits until these answer, and no others. */
async function untilAnswer(scene: Scene, names: string): Promise<void> {
  await eventually(async () => {
    assertEquals(await answering(scene), names);
  }, { timeoutMs: 20_000, pauseMs: 100 });
}

/** Drains, restarts, undrains, and lets a limit go by. */
export async function drainByHand(scene: Scene): Promise<void> {
  const { driver, cluster, client, servers } = scene;
  await driver.step(
    "a drain takes new connections and leaves old ones",
    async () => {
      assertEquals(await answering(scene), "web-1,web-2");
      const connections = await Promise.all(
        [0, 1].map(() => cluster.connect(client, { address: WEB, port: 80 })),
      );
      const args = ["drain", "node/node-2", "--limit=10m"];
      assertEquals((await keep(scene, "drain", args)).code, 0);
      await untilAnswer(scene, "web-1");
      for (const connection of connections) {
        const { answeredBy } = await connection.ask();
        assertEquals(answeredBy, connection.first.answeredBy);
        await connection.close();
      }
    },
  );
  await driver.step("status and service show it", async () => {
    assertEquals((await keep(scene, "status-drained", ["status"])).code, 0);
    const shown = ["service", "default/web"];
    assertEquals((await keep(scene, "service-drained", shown)).code, 0);
  });
  await driver.step("it survives an agent that is killed", async () => {
    await cluster.stopAgent(NODE, "SIGKILL");
    assertEquals((await keep(scene, "killed", ["status"])).code, 1);
    const agent = await cluster.restartAgent(NODE);
    await agent.waitFor(/ready: /, 60_000);
    assertEquals(await answering(scene), "web-1");
  });
  await driver.step("undrain ends it, and so does its limit", async () => {
    const ended = await keep(scene, "undrain", ["undrain", "node/node-2"]);
    assertEquals(ended.code, 0);
    await untilAnswer(scene, "web-1,web-2");
    const target = `${servers[1].ipv4}:8080`;
    await kubeProxy(scene, ["drain", target, "--limit=3s"]);
    await untilAnswer(scene, "web-1");
    await untilAnswer(scene, "web-1,web-2");
  });
}
