/**
 * Who reaches a Service, and how soon.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { serviceObject, sliceObject } from "../../guest/mod.ts";
import { answered, describe, firstAnswer, NODES, type Scene } from "./scene.ts";

/** Cluster IP of the Service of the story. */
export const VIP = "10.96.0.12";
/** Its port. */
export const PORTS = [{ port: 5432, targetPort: 8080 }] as const;
const DNS_PORTS = [
  { name: "dns", protocol: "udp", port: 53, targetPort: 8080 },
  { name: "dns-tcp", protocol: "tcp", port: 53, targetPort: 8080 },
] as const;
/** Generous: the guest is slow and the machine may be busy. */
const SOON_MS = 10_000;

/** A Service comes, and everyone reaches it. */
export async function reach(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, job, db: [db] } = scene;
  const to = { address: VIP, port: 5432 };
  await driver.step("a new Service answers soon, on both nodes", async () => {
    const ready = { address: db.ipv4, nodeName: "node-2" };
    await api.create(sliceObject("db", PORTS, [ready]));
    await api.create(serviceObject("db", PORTS, { clusterIP: VIP }));
    const here = firstAnswer(scene, web, to);
    const there = firstAnswer(scene, job, to);
    const ms = await Promise.all([here, there]);
    driver.say(`created to first answer: ${ms[0]} ms and ${ms[1]} ms`);
    assert(Math.max(...ms) < SOON_MS, `it took ${ms} ms`);
    // The change itself did it, no audit.
    const pattern = /reason=change .*default\/db/;
    for (const name of NODES) await cluster.programs.get(name).waitFor(pattern);
  }, { required: true });
  await driver.step(
    "a pod of another node reaches it with its own address",
    async () => {
      const result = await cluster.dial(web, to);
      answered(result, db);
      assertEquals(result.sourceSeen, result.source);
    },
  );
  await driver.step("a pod on the same bridge reaches it", async () => {
    answered(await cluster.dial(job, to), db);
  });
  await driver.step(
    "a node's own process reaches it, from both nodes",
    async () => {
      for (const name of ["node-1", "node-2"]) {
        answered(await cluster.dial(cluster.node(name), to), db);
      }
    },
  );
  await driver.step("a pod reaches itself", async () => {
    answered(await cluster.dial(db, to), db);
  });
  await driver.step("all of them again, 20 times at once", async () => {
    const from = [web, job, db, cluster.node("node-1"), cluster.node("node-2")];
    const dials = Array.from({ length: 20 }, () => from).flat()
      .map((place) => cluster.dial(place, to));
    const failed = (await Promise.all(dials)).filter((result) =>
      result.failure
    );
    assertEquals(failed.map(describe), []);
  });
  await overUdp(scene);
}

async function overUdp(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, job, db: [db] } = scene;
  await driver.step(
    "UDP answers, from the address that was asked",
    async () => {
      const endpoint = { address: db.ipv4, nodeName: "node-2" };
      await api.create(sliceObject("dns", DNS_PORTS, [endpoint]));
      await api.create(
        serviceObject("dns", DNS_PORTS, { clusterIP: "10.96.0.10" }),
      );
      for (const protocol of ["udp", "tcp"] as const) {
        const dns = { protocol, address: "10.96.0.10", port: 53 };
        await firstAnswer(scene, web, dns);
        for (
          const place of [
            web,
            job,
            db,
            cluster.node("node-1"),
            cluster.node("node-2"),
          ]
        ) {
          await firstAnswer(scene, place, dns);
          let result = await cluster.dial(place, dns);
          if (result.failure === "timed-out") {
            // One datagram may be lost; a second one may not.
            driver.say(
              `dialled again after silence: ${place.name} ${protocol}`,
            );
            result = await cluster.dial(place, dns);
          }
          answered(result, db);
        }
      }
    },
  );
}

/** Affinity to one endpoint by the client's address. */
export async function affinity(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, job, db } = scene;
  await driver.step(
    "ClientIP affinity keeps a client with one endpoint",
    async () => {
      const endpoints = db.map(({ ipv4, node }) => ({
        address: ipv4,
        nodeName: node.name,
      }));
      await api.create(sliceObject("sticky", PORTS, endpoints));
      await api.create(serviceObject("sticky", PORTS, {
        clusterIP: "10.96.0.13",
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 120 } },
      }));
      const to = { address: "10.96.0.13", port: 5432 };
      for (const place of [web, job]) {
        await firstAnswer(scene, place, to);
        const dials = Array.from({ length: 20 }, () => cluster.dial(place, to));
        const by = new Set(
          (await Promise.all(dials)).map(({ answeredBy }) => answeredBy),
        );
        assertEquals(by.size, 1, [...by].join());
        answered(await cluster.dial(place, to), ...db);
      }
      const line = (await cluster.ipvs("node-1")).split("\n").find((text) =>
        text.startsWith("-A -t 10.96.0.13:5432")
      );
      assertEquals(line, "-A -t 10.96.0.13:5432 -s rr -p 120");
    },
  );
}
