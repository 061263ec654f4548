/**
 * What happens when endpoints and Services change and go.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type DialOptions,
  difference,
  eventually,
  type Place,
  type Pod,
  serviceObject,
  sliceObject,
} from "../../guest/mod.ts";
import { PORTS, VIP } from "./reach.ts";
import { answered, describe, firstAnswer, NODES, type Scene } from "./scene.ts";

const TO = { address: VIP, port: 5432 };
const DIALS = 30;
/** Longest that a refusal may take. */
const AT_ONCE_MS = 100;
/**
 * The guest's one CPU is shared with the agents, so a few dials of 50 may be
 * held up; none so long as when the kernel limits refusals to one a second.
 */
const HELD_UP = { dials: 3, ms: 500 } as const;
/** Objects that are gone are gone from the kernel after so long. */
const GONE_MS = 30_000;

function slice(pods: readonly Pod[]) {
  const endpoints = pods.map(({ ipv4, node }) => ({
    address: ipv4,
    nodeName: node.name,
  }));
  return sliceObject("db", PORTS, endpoints);
}

async function spread(
  { cluster, web }: Scene,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let dial = 0; dial < DIALS; dial++) {
    const { answeredBy = "none" } = await cluster.dial(web, TO);
    counts[answeredBy] = (counts[answeredBy] ?? 0) + 1;
  }
  return counts;
}

/** Scaling up and down, with a load that must not notice. */
export async function scale(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, db } = scene;
  await driver.step("scaled to three, connections spread evenly", async () => {
    await api.apply(slice(db));
    await eventually(async () => {
      assertEquals(await spread(scene), { "db-1": 10, "db-2": 10, "db-3": 10 });
    });
  });
  await driver.step(
    "an endpoint that was removed gets no new connection soon",
    async () => {
      const stop = await cluster.load(web, { ...TO, concurrency: 2 });
      const startMs = performance.now();
      await api.apply(slice([db[0], db[2]]));
      let lastMs = 0;
      let others = 0;
      while (others < DIALS) {
        const { answeredBy } = await cluster.dial(web, TO);
        others += 1;
        if (answeredBy !== "db-2") continue;
        lastMs = performance.now() - startMs;
        others = 0;
        assert(lastMs < 5_000, "db-2 still answers after 5 s");
      }
      const { total, failures } = await stop();
      driver.say(
        `removed to its last new connection: ${Math.round(lastMs)} ms`,
      );
      driver.say(
        `meanwhile ${total} dials, failed: ${JSON.stringify(failures)}`,
      );
      assertEquals(failures, {});
    },
  );
}

async function refusedInARow(
  { cluster }: Scene,
  place: Place,
  to: DialOptions,
): Promise<void> {
  const slow: string[] = [];
  for (let dial = 0; dial < 50; dial++) {
    const result = await cluster.dial(place, to);
    const text = `${place.name}, dial ${dial}: ${describe(result)}`;
    const inTime = result.failure === "refused" && result.ms < HELD_UP.ms;
    if (!inTime) throw new Error(`Cannot wait for a refusal: ${text}`);
    if (result.ms >= AT_ONCE_MS) slow.push(text);
  }
  assert(slow.length <= HELD_UP.dials, slow.join("\n"));
}

/** A Service without endpoints refuses, every time. */
export async function refuse(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, job } = scene;
  const ports = [
    { name: "tcp", protocol: "tcp", port: 80 },
    { name: "udp", protocol: "udp", port: 80 },
  ] as const;
  const places = [web, job, cluster.node("node-1"), cluster.node("node-2")];
  await api.create(serviceObject("empty", ports, { clusterIP: "10.96.0.50" }));
  for (const protocol of ["tcp", "udp"] as const) {
    const name =
      `a Service without endpoints refuses ${protocol} at once, 50 times in a row`;
    await driver.step(name, async () => {
      const to = { protocol, address: "10.96.0.50", port: 80, timeoutMs: 1000 };
      await eventually(async () => {
        for (const place of places) {
          assertEquals(
            (await cluster.dial(place, to)).failure,
            "refused",
            place.name,
          );
        }
      });
      for (const place of places) await refusedInARow(scene, place, to);
    });
  }
  await driver.step(
    "a port that no Service has is refused on a Service's address",
    async () => {
      for (const place of places) {
        const result = await cluster.dial(place, {
          address: VIP,
          port: 81,
          timeoutMs: 1000,
        });
        assertEquals(
          result.failure,
          "refused",
          `${place.name}: ${describe(result)}`,
        );
      }
    },
  );
  await driver.step(
    "the last endpoint gone, it refuses; one back, it answers",
    async () => {
      await api.apply(slice([]));
      await eventually(async () => {
        const result = await cluster.dial(web, { ...TO, timeoutMs: 500 });
        assertEquals(result.failure, "refused", describe(result));
      });
      await api.apply(slice([scene.db[0]]));
      await firstAnswer(scene, web, TO);
    },
  );
}

/** Deleted Services leave nothing. */
export async function remove(scene: Scene): Promise<void> {
  const { driver, cluster, api, web, db } = scene;
  await driver.step(
    "live connections of a deleted Service are cut, not left hanging",
    async () => {
      const kept = await cluster.connect(web, TO);
      answered(kept.first, ...db);
      await api.delete("Service", "db");
      await eventually(async () => {
        const result = await kept.ask(1000);
        assertEquals(result.failure, "reset", describe(result));
      });
      await kept.close();
    },
  );
  await driver.step(
    "when all Services are deleted, nothing is left in the kernel",
    async () => {
      for (const service of await api.list("Service")) {
        const { name } = service["metadata"] as { name: string };
        if (name !== "kubernetes") {
          await api.delete(
            "Service",
            name,
          );
        }
      }
      for (const item of await api.list("EndpointSlice")) {
        const { name } = item["metadata"] as { name: string };
        if (name !== "kubernetes") await api.delete("EndpointSlice", name);
      }
      const ms = await eventually(async () => {
        for (const name of NODES) {
          const before = scene.before.get(name);
          assert(before !== undefined);
          assertEquals(
            difference(before, await cluster.observe(name)),
            "",
            name,
          );
        }
      }, { timeoutMs: GONE_MS, pauseMs: 300 });
      driver.say(`all gone after ${ms} ms`);
    },
  );
}
