/**
 * Proves the lab itself, with virtual servers and rules made by hand.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Cluster, drive } from "../guest/mod.ts";

await drive(async (driver) => {
  const t0 = performance.now();
  const mark = (what: string) =>
    driver.say(`${what}: ${Math.round(performance.now() - t0)} ms`);
  const cluster = await Cluster.create(driver);
  mark("fabric");
  await cluster.addNode("node-1");
  await cluster.addNode("node-2");
  mark("nodes");
  const web = await cluster.addPod("node-1", "web");
  const a = await cluster.addPod("node-1", "a");
  const db = await cluster.addPod("node-2", "db", { host: 15 });
  const b = await cluster.addPod("node-2", "b");
  mark("pods");
  await cluster.serve(db, { port: 80 });
  await driver.step("a pod reaches a pod of another node", async () => {
    const got = await cluster.dial(web, { address: db.ipv4, port: 80 });
    driver.say(JSON.stringify(got));
    assertEquals(got.answeredBy, "db");
    assert(got.sourceSeen?.startsWith(web.ipv4));
  });
  void a;
  void b;
  mark("end");
});
